"""Where somebody can be reached or found: e-mail, names and profiles in networks, the address of a home."""

from collections.abc import Iterator

from bot.domain.betrayal import Kind
from bot.domain.folding import Reading
from bot.services.betrayal_numbers import DIGIT, Found, any_of, pattern, vocabulary

# E-mail.  The sign is looked for first, then what stands on both sides of it.
AT = pattern(r"@| ?[\[({<] ?(?:at|@|собака|собачка|ет|эт) ?[\])}>] ?| (?:@|at|собака|собачка|песик|равлик) ")
LOCAL = 64  # characters before the sign (RFC 5321)
BEFORE_AT = pattern(r"(?<![\w.+-])[\w.+-]{1,64}\Z")
DOT = r"(?:\.| ?[\[(] ?(?:dot|крапка|точка|\.) ?[\])] ?| (?:dot|крапка|точка|\.) )"
DOMAIN = pattern(rf"[^\W_][\w-]{{0,62}}+(?:{DOT}[^\W_][\w-]{{1,62}}+){{1,4}}")
KNOWN_DOMAIN = pattern(
    r"(?:gmail|googlemail|ukr|i|meta|yahoo|outlook|hotmail|live|icloud|proton(?:mail)?|pm|tutanota|mail|yandex|ya|rambler|"
    rf"bigmir|tut|wp|onet|o2|interia|gmx|ґмейл|гмейл|яндекс|мейл|маил|мэйл|джимейл|укр){DOT}(?:com|net|ua|me|ru|by|pl|de|org|ком|нет|уа)(?:{DOT}ua)?(?!\w)"
)
BRACKETS = frozenset("[({<")

USERNAME = pattern(r"(?<![\w.@/-])@[^\W\d_]\w{3,31}+")
HOSTS = (
    r"t|telegram|facebook|fb|instagram|instagr|vk|vkontakte|ok|odnoklassniki|tiktok|x|twitter|linkedin|lnkd|youtube|threads|"
    r"snapchat|wa|signal|bsky|viber|discord"
)
PROFILE = pattern(
    r"(?:(?:tg|viber|whatsapp|skype|signal)://?[^\s<>]{2,200}+)"
    rf"|(?<![\w.-])(?:https?://)?(?:(?:www|m|mobile|web|uk-ua|ru-ru|ua|l)\.)?(?:{HOSTS}){DOT}"
    r"(?:me|dog|com|ru|net|in|am|app|gg|fm)(?: ?/ ?)[^\s<>\"]{2,200}+|(?<!\w)(?:facebook|instagram|tiktok|vk) com/[^\s<>\"]{2,200}+"
)
PAGES = pattern(
    r"youtube\.com ?/ ?(?:watch|shorts|live|playlist|results|feed)|(?:x|twitter|facebook|instagram)\.com ?/ ?(?:hashtag|search|explore|groups/?$)"
)
HANDLE = pattern(
    r"(?<!\w)(?:instagram|інстаграм\w{0,2}|інст[аі]|инстаграм\w?|инста|insta|telegram|телеграм\w{0,2}|тг|tg|тік-?ток|тик-?ток|tiktok|фейсбук\w?|"
    r"facebook|нік|ник|nick(?:name)?|username|discord|діскорд|дискорд|skype|скайп|twitter|твіттер|твиттер)"
    r"(?: ?[:=-] ?| (?:(?:я|мій|мой|нік|ник|це|це я|is|me) )?)(?P<handle>@?[a-z][a-z\d_.]{2,31}+)"
)

# Addresses of homes: a street with the number of a house, or a house with the number of a flat.
WORD = r"[^\W_][\w'-]{0,30}+(?![\w'-])"
NAME = rf"(?:{WORD}(?:\. ?| )){{0,3}}{WORD}\.?"
STREET = any_of(
    r"вул(?:\.|иц\w{1,3}|(?=~)) ул(?:\.|иц\w{1,3}) просп(?:\.|ект\w{0,3}) пр-(?:к?т\w?|д\w?) пров(?:\.|ул\w{2,4}) "
    r"пер(?:\.|еул\w{2,4}) завул\w{2,3} бульв(?:\.|ар\w{0,2}) б-р\w? площ[аіиу] пл\. майдан\w{0,2} шосе шоссе "
    r"наб(?:\.|ережн\w{2,3}) узв(?:\.|[іо]з\w{0,2}) тупик\w? алея алеї аллея мкр-?н?\.? "
    r"мікрорайон\w? микрорайон\w? жк вуліц\w{1,2} вял\. праспект\w?"
)
HOUSE_WORD = r"(?:(?:буд(?:\.|ин\w{2,3}|(?= ?\d))|д(?:\.|ом\w{0,2})|дом\w{0,2}|№|house) ?)"
HOUSE = r"(?:№ ?)?\d{1,4}(?: ?/ ?\d{1,3}|-\d{1,3}(?!\d))?(?:-?[^\W\d_](?![\w]))?"
FLAT = (
    r"(?: ?,? ?(?:(?:кв|квартир\w|оф|офіс|корп(?:ус)?|к|стр|під'їзд|п|подъезд|поверх|этаж|секц\w{1,2}|кім(?:ната)?|комната|apt|flat|m)\.?)"
    r" ?(?:№ ?)?\d{1,4}(?:[^\W\d_](?!\w))?){1,4}"
)
# What follows a count and not the number of a house.
COUNTED = any_of(
    r"люд ос[іо]б чол жін дит д[іе]т годин год хв мин рок рік річ лет раз тис тыс млн млрд грн грив руб маш автом "
    r"дерев будин дом[оа] квартир(?!~?\d) відсот процент % січ лют берез квіт трав черв лип серп верес жовт листоп "
    r"груд янв февр март апр ма[яй] июн июл авг сент окт нояб дек сот га(?!\w) [кс]?м\d?(?!\w) кв\.?~?м місяц "
    r"месяц дн[іяе] день тиж недел метр км кілом килом поліц военн військ загиб поран people years hours days men "
    r"women cars minutes percent p\.?m a\.?m [:.,-]\d -(?:га|ї|й|е|м[еа]|річ|го|му|ти|та|ох|ма)(?!\w)"
)
NOT_COUNTED = rf"(?! ?{COUNTED})"
STREETS = pattern(
    rf"(?<!\w){STREET}(?:(?<=\.) ?| ){NAME}(?: ?, ?| ){HOUSE_WORD}?(?!(?:19|20)\d\d(?!\d)){HOUSE}(?!\d){NOT_COUNTED}(?:{FLAT})?"
)
STREET_LAST = pattern(
    rf"(?<!\w){WORD} {STREET}(?: ?, ?| |(?<=\.)){HOUSE_WORD}?(?!(?:19|20)\d\d(?!\d)){HOUSE}(?!\d){NOT_COUNTED}(?:{FLAT})?"
)
HOUSE_AND_FLAT = pattern(
    rf"(?<!\w)(?:{WORD} ?,? )?{HOUSE_WORD}?\d{{1,4}}[^\W\d_]?(?![\w]) ?,? ?(?:кв(?!\.? ?м)|квартир\w)\.? ?(?:№ ?)?\d{{1,4}}(?![\d])(?! ?(?:м|рік|року|год)(?!\w))"
)
HOUSE_THEN_STREET = pattern(
    rf"(?<!\w)(?:будин\w{{2,3}}|дом\w?) {HOUSE}(?!\d) (?:на|по) {STREET}(?:(?<=\.) ?| ){WORD}"
)
CITIES = any_of(
    r"київ харків одеса дніпро львів запоріжжя кривий~ріг миколаїв маріуполь вінниця херсон полтава чернігів черкаси "
    r"житомир суми хмельницький чернівці рівне тернопіль луцьк ужгород кропивницький івано-франківськ донецьк луганськ "
    r"киев харьков одесса днепр львов москва петербург минск гомель брест варшава kyiv kharkiv lviv odesa warszawa"
)
CITY_AND_HOUSE = pattern(rf"(?<!\w){CITIES} ?, ?{NAME} ?, ?{HOUSE}(?!\d){NOT_COUNTED}(?:{FLAT})?")
POLISH = pattern(
    rf"(?<!\w)(?:ul|al|os|pl)\. ?{NAME} \d{{1,4}}[a-z]?(?: ?/ ?\d{{1,4}}| ?m\.? ?\d{{1,4}})?(?![\w])"
)
KINDS_OF_STREET = (
    r"street|st|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|court|square|sq|close|crescent|terrace|place"
)
ENGLISH = pattern(
    rf"(?<![\w.,])\d{{1,5}}[a-z]? (?P<name>(?:{WORD} ){{1,3}}?)(?:{KINDS_OF_STREET})(?!\w)\.?"
    r"(?: ?,? ?(?:flat|apt|apartment|unit|suite|room|no) ?\.? ?[\w-]{1,5})?"
)
NO_STREET = vocabulary(
    "the a an this that our my your his her their on in at of for to and or years people men women days hours more "
    "feet miles minutes km year main first next each every percent is are was were"
)


def addresses(reading: Reading) -> Iterator[Found]:
    text = reading.text
    yield from _mails(text)
    for match in USERNAME.finditer(text):
        yield *match.span(), Kind.USERNAME
    for match in PROFILE.finditer(text):
        if not PAGES.search(match[0]):
            yield *match.span(), Kind.PROFILE
    for match in HANDLE.finditer(text):
        start, end = match.span("handle")
        if reading.original(start, end).isascii() and any(
            sign in match["handle"] for sign in "@_.0123456789"
        ):
            yield start, end, Kind.USERNAME
    if DIGIT.search(text):
        yield from _homes(reading)


def _homes(reading: Reading) -> Iterator[Found]:
    text = reading.text
    for homes in (STREETS, STREET_LAST, HOUSE_AND_FLAT, HOUSE_THEN_STREET, CITY_AND_HOUSE, POLISH):
        for match in homes.finditer(text):
            yield *match.span(), Kind.ADDRESS
    for match in ENGLISH.finditer(text):
        name = reading.original(*match.span("name")).split()
        if not NO_STREET & {word.lower() for word in name} and (
            len(name) == 1 or all(word[0].isupper() or word[0].isdigit() for word in name)
        ):
            yield *match.span(), Kind.ADDRESS


def _mails(text: str) -> Iterator[Found]:
    for sign in AT.finditer(text):
        bare = sign[0] != "@" and not BRACKETS & set(sign[0])  # a word, which may be no sign at all
        first = max(0, sign.start() - LOCAL)
        local = BEFORE_AT.search(text[first : sign.start()])
        domain = (KNOWN_DOMAIN if bare else DOMAIN).match(text, sign.end())
        if local and domain:
            yield first + local.start(), domain.end(), Kind.EMAIL
