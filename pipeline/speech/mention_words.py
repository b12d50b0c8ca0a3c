"""The nouns by which a mention is told: titles, roles, bodies, documents, groups."""

TITLES = frozenset(
    """
    mr mrs ms mx miss dr drs prof professor sir dame lord lady sen sens senator senators rep
    reps representative representatives congressman congresswoman gov governor gen general lt
    lieutenant col colonel sgt sergeant capt captain maj major cmdr commander adm admiral rev
    reverend hon president vice vice-president ex-president premier chancellor minister prime
    secretary undersecretary deputy chairman chairwoman chairperson chair chief executive
    officer ceo cfo cto director director-general director-generals secretary-general
    commissioner ambassador mayor councillor councilman councilwoman alderman judge justice
    attorney sheriff pope cardinal bishop archbishop king queen prince princess spokesman
    spokeswoman spokesperson coach editor editor-in-chief author co-author host presenter
    founder co-founder former acting then-president then defence defense foreign health interior
    finance home education treasury press state first republican democratic democrat
    conservative labour baroness baron mp mps msp mep md
    """.split()
)
"""What may stand before a person's name as part of one run of capitals."""

MALE = frozenset("mr sir lord king prince spokesman chairman congressman councilman".split())
FEMALE = frozenset(
    "mrs ms miss dame lady queen princess spokeswoman chairwoman congresswoman councilwoman "
    "baroness".split()
)

ROLES = frozenset(
    """
    academic activist adviser advisor agent aide ambassador analyst anchor astronaut attorney
    author banker biologist bishop blogger boss broadcaster campaigner candidate captain chair
    chairman chairperson chairwoman chancellor chef chemist chief climatologist coach colonel
    columnist commander commentator commissioner congressman congresswoman consultant
    coordinator coroner correspondent councillor critic defendant demographer deputy designer
    detective developer diplomat director doctor driver ecologist economist editor engineer
    entrepreneur environmentalist epidemiologist executive expert farmer filmmaker firefighter
    fisherman founder geneticist geologist governor guest head historian host immunologist
    inspector investigator journalist judge justice lawmaker lawyer leader lecturer legislator
    lieutenant local manager mayor meteorologist minister mother father musician novelist nurse
    nutritionist officer official operator organiser organizer owner paramedic participant
    partner pastor pathologist patient pediatrician pharmacist philosopher physician physicist
    pilot player police politician premier presenter president priest principal producer
    professor promoter prosecutor protester psychiatrist psychologist publisher rapper reporter
    representative republican democrat researcher resident scholar scientist secretary
    secretary-general senator sergeant sheriff singer sociologist soldier solicitor source
    specialist spokesman spokesperson spokeswoman spokespeople staffer statistician student
    surgeon survivor teacher technician theorist trader trustee user vet veterinarian victim
    virologist volunteer witness woman man worker writer zoologist neighbour neighbor brother
    sister daughter son husband wife
    """.split()
)
"""What one person may be, in the singular."""

GROUPS = frozenset(
    """
    people men women americans britons europeans adults children parents families voters
    citizens experts officials authorities police critics supporters opponents others some many
    most few several residents locals staff crew media press public community communities team
    teams researchers sources members activists sceptics skeptics theorists conspiracists
    doctors medics users websites outlets commentators observers respondents participants
    elements persons relatives friends colleagues survivors prosecutors consumers shoppers
    clinicians academics peers counterparts allies rivals campaigners politicians lawmakers
    democrats republicans conservatives liberals taliban rebels troops management employers
    employees bosses unions spokespeople businessmen fishermen firefighters folks everyone
    everybody half nobody governments countries states
    """.split()
)
"""Who several people may be, beyond the plurals of roles."""

BODIES = frozenset(
    """
    academy administration agency airline alliance army assembly association authority bank
    board body brand broadcaster bureau business cabinet campaign center centre charity church
    city club coalition college commission committee company conference congress consortium
    corporation council country court delegation department district embassy
    empire federation firm force foundation fund government group hospital industry institute
    institution intelligence jury laboratory lab legislature manufacturer maker military
    ministry mission movement museum nation navy network newspaper ngo office operator
    opposition organisation organization outfit outlet panel parliament partnership party
    platform presidency producer programme program publisher regime regulator retailer school
    secretariat senate service society start-up startup station supplier supermarket
    task taskforce think-tank thinktank times treasury tribunal trust union university watchdog
    website house kremlin pentagon vatican household journal magazine paper blog
    tabloid daily channel subsidiary unit arm division chain
    """.split()
)
"""What an organisation may be."""

DOCUMENTS = frozenset(
    """
    advert advertisement advisory affidavit analyses analysis announcement article articles
    assessment audit audits book books briefing bulletin caption census complaint dataset data
    dossier editorial email emails faq figures filing filings forecast forecasts guidance
    guideline guidelines headline indictment inquiry interview investigation lawsuit probe leaflet
    letter meme memes memo memorandum message messages meta-analysis model modelling models
    notice paper papers poll polls post posts posting postings poster preprint pre-print
    publication publications readout release report reports research review reviews ruling
    script statement statements statistics stats story studies study survey surveys testimony
    text transcript trial trials tweet tweets video videos website websites page pages
    post-mortem findings documents document infographic audio documentary film broadcast episode
    episodes theory theories
    """.split()
)
"""What may say something without being anybody."""

ORGANISATION_WORDS = frozenset(
    """
    academy administration agency airlines alliance army assembly association authority bank
    board bureau cabinet center centre centers centres charity church city club coalition
    college commission committee company congress consortium corp corp. corporation council
    court department federation force foundation fund government group hospital house inc inc.
    institute institutes institution journal lab laboratory ltd ltd. ministry museum navy
    network news office organisation organization organisations organizations parliament party
    police post press programme program project registry review school schools senate service
    services society states telegraph times treasury tribune trust union university watch
    nations nation media pharmaceuticals pharma technologies holdings partners associates
    guardian herald reuters science nature lancet initiative campaign website
    """.split()
)
"""Words in a name that make it an organisation's (or a publication's)."""


QUANTITY_NOUNS = frozenset(
    """
    % percent per-cent cent half quarter third thirds quarters majority minority plurality
    number hundreds thousands millions dozens tens scores group groups team range array series
    handful couple pair lot lots share proportion fraction rest chorus coalition panel
    """.split()
)
"""Nouns before "of" that only count what follows: "a quarter of adults"."""

PARTICIPLES = frozenset(
    """
    published conducted released commissioned carried led funded written issued compiled
    produced based involving looking using called titled entitled headlined dated seen obtained
    signed posted shared cited quoted circulating leaked filed prepared backed tracking working
    made
    """.split()
)
"""Participles that follow a noun and tell more of it."""

# What ends as an agent noun does and is none.
_NO_AGENTS = frozenset(
    """
    number order matter water weather computer factor sector error letter list cluster mirror
    summer winter river center centre quarter power paper border offer answer cover corner
    danger dinner disorder chapter character counter fever figure fiber filter flower foster
    gender transfer timber tower theater trigger twitter cancer layer ladder lever liver manner
    marker meter monitor motor murder plaster poster powder register remainder
    reminder rubber shelter shoulder slider soccer sticker suffer supper temper
    thunder tissue tractor trailer vector virus whether other another rather either neither ever
    never however after under over per her their color colour floor door flavor labor labour
    favor behavior behaviour harbor harbour honor humor rumor rumour minor major prior interior
    exterior superior indoor outdoor reactor processor indicator refrigerator escalator elevator
    better later earlier former latter larger smaller higher lower older younger longer shorter
    greater newer fewer easier stronger weaker faster slower cheaper broader wider deeper closer
    clearer further proper inner outer upper super december september october november sober
    laser tiger exist resist consist persist assist insist twist mist fist
    wrist checklist
    """.split()
)
_AGENT_ENDINGS = ("er", "or", "ist", "ian", "eer", "man", "woman", "person", "ologist")
_AGENT_PLURAL_ENDINGS = ("ers", "ors", "ists", "ians", "eers", "men", "women")


def is_role(low: str) -> bool:
    """Tell whether a noun in small letters names one person by what they are."""
    low = low.removesuffix("-elect").removeprefix("ex-").removeprefix("co-").removeprefix("vice-")
    return low in ROLES or (
        low.endswith(_AGENT_ENDINGS)
        and len(low) > 5
        and low not in _NO_AGENTS
        and low not in DOCUMENTS
        and low not in BODIES
    )


PEOPLES = frozenset(
    """
    americans britons europeans africans asians australians canadians germans russians italians
    indians iranians ukrainians israelis palestinians mexicans brazilians democrats republicans
    conservatives liberals christians muslims catholics californians texans scots chinese
    japanese french british spanish swedes danes
    """.split()
)
"""Groups that are written with a capital."""
POST_NOMINALS = frozenset("phd ph.d. md m.d. mph mba qc kc obe cbe mbe mp rn".split())
"""What may stand behind a person's name as part of one run of capitals."""


def is_group(low: str) -> bool:
    """Tell whether a noun in small letters names several people."""
    if low in GROUPS:
        return True
    if not low.endswith(("s", "men")):
        return False
    return (
        low[:-1] in ROLES
        or low[:-1] in BODIES
        or (low.endswith("ies") and low[:-3] + "y" in BODIES)
        or (
            low.endswith(_AGENT_PLURAL_ENDINGS)
            and len(low) > 5
            and low[:-1] not in _NO_AGENTS
            and low[:-1] not in DOCUMENTS
        )
    )


def is_speaker_noun(low: str) -> bool:
    """Tell whether a common noun in small letters can stand for a speaker."""
    return is_role(low) or is_group(low) or low in DOCUMENTS or low in BODIES
