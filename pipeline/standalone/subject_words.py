"""The words by which the subject of a sentence is told, and what kind of thing it names."""

SPEECH_VERBS = frozenset(
    """
    said says say told tells added adds wrote writes tweeted posted insisted claimed claims argued
    argues warned warns announced denied denies confirmed explained noted stated suggested promised
    pledged vowed replied acknowledged admitted stressed
    """.split()
)
AUXILIARIES = frozenset(
    """
    is are was were has have had will would can could may might must should did does do cannot
    """.split()
)
PLAIN_VERBS = frozenset(
    """
    rose rises rise fell falls fall grew grows dropped drops gained gains lost loses won wins
    began begins begin became becomes came comes went goes got gets gave gives took takes made
    makes met meets held holds kept keeps led leads left leaves paid pays put puts ran runs
    sold sells sent sends set sets shut shuts spent spends stood stands stayed stays hit hits
    cut cuts cost costs bought buys built builds broke breaks brought brings caught catches
    chose chooses drew draws drove drives fought fights found finds flew flies hired hires
    employs includes lives lived needs wants plans opens closes covers serves owns earns
    remains remained resigned retired doubled trebled tripled halved stalled slumped soared
    jumped climbed shrank sank slid collapsed reached reaches employed opened closed voted
    agreed published signed launched started stopped moved turned passed failed refused
    arrived returned joined quit died beat beats showed shows estimates estimated reported
    reports called calls said attended hosts hosted spoke speaks ate bore bit blew bound drank
    fed felt forgot forbade froze hid hurt knew knows laid lay lent let lit meant read rode
    rang sang saw sees shook shone shot slept sought split spread sprang stole struck stuck
    swam swept swore taught tore threw understood woke wore withdrew approved attacked backed
    banned blamed bombed borrowed carried changed charged cleared crashed crossed declared
    declined decreased delayed demanded destroyed developed doubted earned elected entered
    escaped expanded expected expired exported fined fired flooded followed forced formed
    founded funded improved increased invested killed landed lasted learned listed managed
    marched measured missed occurred offered opposed ordered ousted owed peaked played pleaded
    printed produced proposed protested pulled pushed raised ranked received recorded
    recovered reduced rejected released removed repaired replaced rescued retreated ruled
    sailed saved scored scrapped seized served settled shared shelved shifted stabbed
    strengthened stretched struggled suffered supplied supported surged survived suspended
    tested threatened toppled trained transferred travelled treated tried used visited waited
    walked warned watched weakened worked
    """.split()
)
ADVERBS = frozenset(
    "also now then already later still only just recently reportedly currently again".split()
)
MASS_NOUNS = frozenset(
    """
    inflation unemployment employment growth turnout crime output trade demand spending debt
    production poverty migration immigration consumption revenue attendance ridership
    """.split()
)
VERBS = SPEECH_VERBS | AUXILIARIES | PLAIN_VERBS

FEMALE_WORDS = frozenset(
    "mrs ms miss lady dame baroness queen princess woman girl mother wife daughter sister"
    " spokeswoman chairwoman congresswoman policewoman businesswoman actress".split()
)
MALE_WORDS = frozenset(
    "mr sir lord king prince baron man boy father husband son brother spokesman chairman"
    " congressman policeman businessman".split()
)
TITLES = frozenset(
    "mr mrs ms miss dr sir dame lord lady prof professor sen senator rep gov governor president"
    " judge justice mayor minister chancellor secretary captain sergeant inspector bishop".split()
)
ROLES = (
    FEMALE_WORDS
    | MALE_WORDS
    | TITLES
    | frozenset(
        """
        leader driver officer doctor nurse teacher student pupil farmer worker director chief head
        manager owner founder author writer reporter journalist lawyer solicitor barrister coroner
        suspect victim patient prisoner defendant witness soldier commander general colonel
        candidate councillor lawmaker lawgiver member spokesperson chairperson chair president
        premier actor singer player coach striker goalkeeper referee scientist researcher economist
        analyst expert historian pilot sailor pope cardinal priest imam rabbi friend neighbour
        neighbor child baby teenager toddler adult pensioner resident passenger tenant landlord
        commissioner ambassador envoy prosecutor sheriff detective activist campaigner organiser
        executive boss banker trader investor consultant engineer parent uncle aunt nephew niece
        cousin partner colleague secretary clerk critic celebrity billionaire millionaire tycoon
        """.split()
    )
)
BODIES = frozenset(
    """
    council bank party ministry university company group union court department committee
    commission agency authority association federation institute society trust board club college
    school hospital service office bureau parliament congress senate assembly government police
    army navy force fund foundation league corporation inc ltd plc corp city county borough airport
    airline railway network times post herald journal gazette museum charity church
    """.split()
)
DETERMINERS = frozenset({"the"})
NUMBERS = frozenset("two three four five six seven eight nine ten eleven twelve dozens".split())
# No subject that we read begins with one of these, or holds one.
NO_SUBJECT = frozenset(
    """
    a an he she it they we i you who which what that this these those there here his her its their
    our my your one some any no none every each all both many few most more another other such
    and or but nor so yet if because although though while when where as after before since until
    in on at by for from to with without about into over under between among during despite like
    not never also however meanwhile still even only just then now later earlier instead moreover
    today yesterday tomorrow last next nobody everybody somebody anyone everyone someone nothing
    everything something asked according neither either
    """.split()
)
ADJUNCT_OPENERS = frozenset(
    "in on at since during before after until till near across throughout within around".split()
)
PLACE_OPENERS = frozenset("in at near across throughout within around".split())
DATE_WORDS = frozenset(
    """
    january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday
    """.split()
)
HEADLINE_FILLERS = DATE_WORDS | frozenset(
    "to by from in again sharply slightly faster further per cent percent year month week".split()
)
SINGULAR_DETERMINERS = frozenset("a an the this that its their his her another".split())
