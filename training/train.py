"""Fine-tunes the encoder: `python -m training.train DATA OUT`."""

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from training.data import TrainingData, read_groundtruth, read_training_data, without_part
from training.encoding import Encoder
from training.examples import Example, without_labels
from training.losses import loss_of, token_loss, vector_loss
from training.network import ClaimNetwork, load_pretrained, pretrained_folder
from training.predict import figures
from training.recipe import Recipe
from training.rows import Row, SoftLabels, batches, epoch_rows

TEACHER_WIDTH = 768
"""Of all-mpnet-base-v2's vectors."""


def optimizer_of(network: ClaimNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW with layer-wise learning rates; the word vectors stay as they are."""
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(recipe.fgm > 0)
    layers = network.encoder.config.num_hidden_layers
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if "word_embeddings" in name:
            continue
        if name.startswith("encoder.encoder.layer."):
            depth = layers - 1 - int(name.split(".")[3])
            rate = recipe.learning_rate * recipe.layer_decay**depth
        elif name.startswith("encoder."):
            rate = recipe.learning_rate * recipe.layer_decay**layers
        else:
            rate = recipe.learning_rate * recipe.head_rate
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
        fused=True,
    )


def adversarial_step(
    network: ClaimNetwork, inputs: dict, rows: Sequence[Row], recipe: Recipe
) -> None:
    """Add the gradient at word vectors moved `fgm` along their gradient (Miyato et al. 2017)."""
    weight = network.encoder.embeddings.word_embeddings.weight
    gradient = weight.grad
    assert gradient is not None
    step = gradient * (recipe.fgm / (gradient.norm() + 1e-12))
    weight.data.add_(step)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        worth, claim_type = network(**inputs)
    loss_of(worth, claim_type, rows, recipe).backward()
    weight.data.sub_(step)
    weight.grad = None


def train(
    network: ClaimNetwork,
    encoder: Encoder,
    data: TrainingData,
    recipe: Recipe,
    *,
    teacher: SoftLabels | None = None,
    watched: dict[str, Sequence[Example]],
    out: Path,
) -> None:
    """Train in place; write network, recipe and figures on the watched sets after each epoch."""
    torch.manual_seed(recipe.seed)
    random_ = random.Random(recipe.seed)
    optimizer = optimizer_of(network, recipe)
    # Take the student's vectors to the teacher's width; no part of the network.
    width = network.worth.in_features
    project, project_tokens = (torch.nn.Linear(width, TEACHER_WIDTH) for _ in range(2))
    rate = recipe.learning_rate * recipe.head_rate
    for weight, layer in (
        (recipe.vector_weight, project),
        (recipe.token_weight, project_tokens),
    ):
        if weight:
            optimizer.add_param_group({"params": list(layer.parameters()), "lr": rate})
    per_epoch = math.ceil(
        len(epoch_rows(data, recipe, random.Random(0), teacher)) / recipe.batch_size
    )
    total = per_epoch * recipe.epochs
    warm = max(1, int(recipe.warmup * total))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, (step + 1) / warm, max(0.0, (total - step) / (total - warm))),
    )
    trained = [p for p in network.parameters() if p.requires_grad]
    averaged = [p.detach().clone() for p in trained]
    history, step, started = [], 0, time.monotonic()
    for epoch in range(recipe.epochs):
        losses = []
        network.train()
        rows = epoch_rows(data, recipe, random_, teacher)
        for batch in batches(rows, encoder, recipe.batch_size, random_):
            inputs = encoder([row.example for row in batch])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                states, own = network.read(**inputs)
                pooled = network.pool(states, own)
            loss = loss_of(*network.judge(pooled), batch, recipe)
            vectors = vector_loss(project(pooled), batch, recipe)
            tokens = token_loss(states, own, batch, project_tokens, recipe)
            (loss + vectors + tokens).backward()
            if recipe.fgm:
                adversarial_step(network, inputs, batch, recipe)
            torch.nn.utils.clip_grad_norm_([p for p in trained if p.grad is not None], 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            step += 1
            if step % 50 == 0:
                minutes = (time.monotonic() - started) / 60
                print(f"step {step}/{total}, {minutes:.1f} min", flush=True)
            decay = min(recipe.average, step / (step + 10))
            for mean, parameter in zip(averaged, trained, strict=True):
                mean.lerp_(parameter.detach(), 1 - decay)
        latest = [p.detach().clone() for p in trained]
        put(trained, averaged)
        report = {"epoch": epoch + 1, "loss": round(float(np.mean(losses)), 4)}
        report["minutes"] = round((time.monotonic() - started) / 60, 1)
        report |= {name: figures(network, encoder, e) for name, e in watched.items()}
        print(json.dumps(report), flush=True)
        history.append(report)
        save(network, recipe, history, out)
        if epoch + 1 == recipe.stop_after_epochs:
            break
        if epoch + 1 < recipe.epochs:
            put(trained, latest)


def save(network: ClaimNetwork, recipe: Recipe, history: list[dict], out: Path) -> None:
    """Write the weights, and beside them how they came about."""
    out.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), out / "network.pt")
    text = json.dumps({"recipe": asdict(recipe), "history": history}, indent=2)
    (out / "recipe.json").write_text(text, encoding="utf-8")


def put(parameters: Sequence[torch.nn.Parameter], values: Sequence[torch.Tensor]) -> None:
    """Copy values into parameters."""
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)


def main() -> None:
    """Train one network and save it with its recipe and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-source", action="append", default=[])
    parser.add_argument("--teacher", type=Path, nargs="+", help="soft labels of training.teach")
    parser.add_argument(
        "--text", type=Path, nargs="+", default=[], help="of training.open_text: that alone"
    )
    parser.add_argument("--written-files", default="*.txt", help="pattern of files in passages/")
    parser.add_argument("--written-unlabelled", action="store_true", help="hide their labels")
    parser.add_argument("--start", type=Path, help="network.pt to start from")
    parser.add_argument("--encoder", type=Path, help="pretrained folder; all-MiniLM-L6-v2 without")
    parser.add_argument("--leave-out", type=int, help="of 0 to 4: the part left out of training")
    for name, value in asdict(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    options = vars(parser.parse_args())
    recipe = Recipe(**{name: options[name] for name in asdict(Recipe())})
    torch.set_num_threads(options["threads"])
    torch.manual_seed(0)  # every run starts with the same heads, so that runs can be averaged
    data = read_training_data(
        options["data"],
        without_sources=options["without_source"],
        text=options["text"],
        written_files=options["written_files"],
    )
    if options["written_unlabelled"]:
        data = replace(data, written=[without_labels(one) for one in data.written])
    if options["leave_out"] is not None:
        data = without_part(data, options["leave_out"])
    if options["text"]:
        data = replace(data, news=[], claimbuster=[], passages=[], written=[])
    pretrained = options["encoder"] or pretrained_folder()
    network = load_pretrained(pretrained, hidden_dropout=recipe.hidden_dropout)
    if options["start"]:
        network.load_state_dict(torch.load(options["start"], weights_only=True))
    teacher = SoftLabels(*options["teacher"]) if options["teacher"] else None
    encoder = Encoder(pretrained)
    sizes = {"news": len(data.news), "cb": len(data.claimbuster), "text": len(data.text)}
    print(json.dumps(asdict(recipe) | sizes))
    train(
        network,
        encoder,
        data,
        recipe,
        teacher=teacher,
        watched={
            "fold7": data.choice,
            "fold8": data.calibration,
            "groundtruth": read_groundtruth(options["data"]),
        },
        out=options["out"],
    )


if __name__ == "__main__":
    main()
