"""What can be chosen about a training run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run; every field is a command-line option of the same name."""

    epochs: int = 4
    stop_after_epochs: int = 0
    """End after so many of the epochs the learning rate is planned for; 0 runs them all."""
    batch_size: int = 32
    learning_rate: float = 6e-5
    layer_decay: float = 0.9
    """Each layer further from the heads learns at this share of the next one's rate."""
    head_rate: float = 10.0
    """The heads' learning rate over the top layer's."""
    weight_decay: float = 0.01
    warmup: float = 0.1
    hidden_dropout: float = 0.1
    label_smoothing: float = 0.0
    type_weight: float = 0.3
    """Weight of the claim type's loss beside the worth's."""
    type_balance: float = 0.0
    """0 counts every sentence's type alike, 1 every type; rare types have 150 sentences."""
    claimbuster_per_epoch: int = 6600
    claimbuster_positive: float = 0.3333
    """Share of check-worthy sentences among those (24% in all of them)."""
    claimbuster_weight: float = 1.0
    context_dropout: float = 0.2
    """Share of news examples that lose their whole context in an epoch; as many lose a half."""
    average: float = 0.998
    """Decay of the running average of weights that is kept; 0 keeps the last weights."""
    fgm: float = 0.0
    """Length of the adversarial step on the word vectors; 0 trains without."""
    teacher_share: float = 0.5
    """How much of a labelled row's target is the teacher's, where there is a teacher."""
    vector_weight: float = 0.0
    """Weight of the distance to the teacher's sentence vectors, where a teacher gives them."""
    token_weight: float = 0.0
    """Weight of the distance to the teacher's vectors of each of the sentence's own tokens."""
    passage_weight: float = 0.5
    """Weight of unlabelled passages, which only a teacher can teach."""
    written_weight: float = 0.0
    """Weight of the passages written for the training; 0 leaves them out."""
    seed: int = 0
