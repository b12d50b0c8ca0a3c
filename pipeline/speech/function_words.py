"""The small words of English, and those that tell the time: they build phrases and name nobody."""

WEEKDAYS_AND_MONTHS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december mon tue wed thu fri sat sun jan feb mar
    apr jun jul aug sep sept oct nov dec
    """.split()
)
TIME_WORDS = WEEKDAYS_AND_MONTHS | frozenset(
    """
    today yesterday tomorrow tonight earlier later ago week month year day days weeks months
    years morning afternoon evening night now then recently weekend
    """.split()
)
AUXILIARIES = frozenset(
    """
    is are was were be been being am has have had having do does did will would can could may
    might must shall should ’s 's isn't aren't wasn't weren't hasn't haven't hadn't don't
    doesn't didn't won't wouldn't can't cannot couldn't shouldn't isn’t aren’t wasn’t weren’t
    hasn’t haven’t hadn’t don’t doesn’t didn’t won’t wouldn’t can’t couldn’t shouldn’t
    """.split()
)
SUBORDINATORS = frozenset(
    """
    that because while when if although though as but so than where whereas whether since unless
    until which who whom whose why how yet
    """.split()
)
COORDINATORS = frozenset({"and", "or", "but", "then"})
PREPOSITIONS = frozenset(
    """
    of in on at by for from with to about into over under after before since during among amid
    between through against within without behind across around despite near per via outside
    inside throughout like toward towards beyond upon including
    """.split()
)
DETERMINERS = frozenset(
    """
    a an the this that these those some many most several few other another any all both each
    every no one two three four five six seven eight nine ten his her its their our my your more
    """.split()
)
SUBJECT_PRONOUNS = frozenset({"he", "she", "they", "it", "i", "we", "you"})
OTHER_PRONOUNS = frozenset(
    """
    him them us me this that these those itself himself herself themselves there here what
    something anything nothing everything
    """.split()
)
ADVERBS = frozenset(
    """
    also still even just now then later earlier once soon often never not always ever further
    again first instead meanwhile however moreover nevertheless nonetheless therefore thus hence
    indeed yet today yesterday afterwards afterward too already long since all both each rather
    perhaps maybe elsewhere overall besides sometimes furthermore meantime additionally
    otherwise so n't
    """.split()
)
