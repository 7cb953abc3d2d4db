"""What people say about themselves: where they work, serve and study, their name, the day of their birth.

Only the place, the name or the date is found, not the words around it: what is left still reads as a sentence.
"""

import re
from collections.abc import Iterator

from bot.domain.betrayal import Kind
from bot.domain.folding import Reading
from bot.services.betrayal_numbers import Found, any_of, pattern, vocabulary

WORD = r"[^\W\d_][\w'/-]{0,40}+(?![\w'-])"
# Words that begin something new: the place ends before them.
BREAK = any_of(
    r"скажу кажу говорю знаю думаю вважаю хочу можу бачу вижу считаю know think say see want "
    r"і й та а але що бо де як коли тому проте хоча чи або и но что где как потому поэтому когда или який яка яке "
    r"які который я ми мені мене мы мне нас нам наш з із с вже уже понад більше зараз нині разом років рік роки "
    r"лет год года and but where because so which that who we i is was are since when as if or my there here now "
    r"however że ale gdzie oraz od więc каб дзе што"
)
BREAKS = rf"{BREAK}(?![\w'-])"
TOKEN = (
    rf"(?:\"[^\"\n]{{1,60}}\"|№ ?\d{{1,6}}|#\d{{1,6}}|\d{{1,6}}(?:-[^\W\d_]{{1,3}})?+(?![\w-])|"
    rf"(?:м|с|ім|им|св|вул|ул|г|смт|обл|р|ст|dr|st)\. ?|{WORD})"
)
PLACE = rf"(?:{TOKEN})(?: ?(?!{BREAKS}){TOKEN}){{0,6}}"
FILLING = any_of(
    r"зараз тепер досі вже уже також теж поки тут там сейчас давно ще все~життя сам сама лікар\w* вчител\w* "
    r"учител\w* водієм инженер\w* інженер\w* медсестр\w* now currently still here also part-time zawodowo "
    r"[^\W\d_]{2,20}(?:ом|ем|єм|ею|єю|ою|ей|ой) "  # as what: матросом, лікаркою
    r"\d{1,2}~(?:років|роки|рік|лет|года?|years)"
)
FILL = rf"(?:{FILLING} ){{0,3}}"
IN_UA = r"(?:в|у|на|при|для|за|ў)"
SELF = any_of(
    r"працюю працюємо воюю підробляю служу служимо навчаюс[ья] навчаємось вчуся вчусь викладаю стажуюся проходжу~службу "
    r"проходжу~практику работаю подрабатываю учусь преподаю прохожу~службу працую вучуся pracuję pracuje studiuję "
    r"uczę~się uczę służę"
)
KIN = any_of(
    r"чоловік дружина син дочка донька брат сестра мама мати тато батько муж жена сын дочь отец мать папа дядько тітка "
    r"зять невістка кум кума сусід сусідка друг подруга husband wife son daughter brother sister mother father friend"
)
WORK = (
    pattern(rf"(?<!\w)(?<!не ){SELF} {FILL}(?:{IN_UA}|w|we|na|dla|przy) (?P<place>{PLACE})"),
    pattern(
        rf"(?<!\w)(?:я|ми|мы) (?:(?!{BREAKS}){WORD} ){{0,2}}?(?:працюва[вл]\w?|служи[вл]\w?|навча[вл]\w{{1,3}}|вчи[вл]\w{{1,3}}|викладала?|"
        rf"викладав|работала?|работали|служила?|учил(?:ся|ась)|преподавала?|працава[ўл]а?) {FILL}{IN_UA} (?P<place>{PLACE})"
    ),
    pattern(
        rf"(?<!\w)(?:i|we)(?: (?:currently|still|also|now|have|used to|actually|just|both|once))?"
        rf"(?:'ve| am|'m|'re| are)? ?(?:work|worked|working|been working|serve|served|serving|study|studied|studying|teach|taught|teaching|employed|intern|interned|volunteer) {FILL}(?:(?:as (?:an? )?(?:{WORD} ){{1,3}}?))?"
        rf"(?:at|for|in|with|on board) (?:the |an? )?(?P<place>{PLACE})"
    ),
    pattern(
        rf"(?<!\w)(?:мій|моя|мои|мої|мой|наш|наша|my|our) {KIN} (?:{WORD} )?(?:працює|служить|воює|вчиться|навчається|викладає|працюва[вл]а?|"
        rf"служи[вл]а?|работает|служит|учится|воюет|works|serves|studies|worked|served) {FILL}(?:{IN_UA}|at|for|in) (?:the )?(?P<place>{PLACE})"
    ),
    pattern(
        r"(?<!\w)(?:моє місце роботи|місце роботи|місце навчання|мой работодатель|место работы|мій роботодавець|my employer|my workplace|employer)"
        rf"(?: is| ?[:-]| це)? ?(?P<place>{PLACE})"
    ),
)
TRADES = any_of(
    r"вчител\w+ учител\w+ лікар\w* врач\w* медсестр\w+ медбрат\w* медик\w* фельдшер\w* санітар\w* хірург\w* "
    r"водій\w* водител\w+ інженер\w* инженер\w* директор\w* бухгалтер\w* військов\w+ солдат\w* офіцер\w* офицер\w* "
    r"сержант\w* капітан\w* лейтенант\w* майор\w* полковник\w* журналіст\w* журналист\w* редактор\w* студент\w* "
    r"учень учениця викладач\w* преподавател\w+ професор\w* суддя судья прокурор\w* слідч\w+ поліцейськ\w+ "
    r"полицейск\w+ пожежн\w+ рятувальни\w+ програміст\w* программист\w* менеджер\w* продав\w+ касир\w* охорон\w+ "
    r"охранни\w+ прибиральниц\w+ кухар\w* повар\w* шахтар\w* шахтер\w* слюсар\w* слесар\w* електрик\w* зварни\w+ "
    r"машиніст\w* працівни\w+ робітни\w+ рабоч\w+ держслужбов\w+ співробітни\w+ сотрудни\w+ чиновни\w+ депутат\w* заступни\w+ начальни\w+ "
    r"завідувач\w* завуч\w* секретар\w* помічни\w+ вихователь\w* воспитател\w+ бібліотекар\w* диспетчер\w* "
    r"оператор\w* викладачк\w+ nauczyciel\w* lekark\w+ lekarzem pielęgniark\w+ настаўні\w+"
)
# Houses of work: after a trade they need no preposition.
HOUSES = any_of(
    r"школ\w+ лікарн\w+ больниц\w+ гімназі\w+ гимнази\w+ ліце\w+ лице\w+ садк\w+ садик\w+ завод\w* університет\w* "
    r"университет\w* інститут\w* институт\w* академі\w+ академи\w+ поліклінік\w* поликлиник\w* фабрик\w+ шахт\w+ "
    r"рот\w батальйон\w* батальон\w* бригад\w+ полк\w* частин\w+ част\w+ міськрад\w+ рад\w адміністраці\w+ "
    r"администраци\w+ міністерств\w+ министерств\w+ суд\w прокуратур\w+ поліці\w+ полици\w+ банк\w* компані\w+ "
    r"компани\w+ фірм\w+ фирм\w+ бібліотек\w* церкв\w+ редакці\w+ редакци\w+ відділ\w* отдел\w* кафедр\w+ тец аес "
    r"аэс станці\w+ станци\w+ пошт\w+ почт\w+ депо коледж\w* колледж\w* училищ\w+ кафе ресторан\w* магазин\w* "
    r"аптек\w+ театр\w* музе\w+ сбу тцк дснс нпу мвс мзс нбу зсу szko\w+ szpital\w*"
)
TRADE_AT = (
    pattern(
        rf"(?<!\w)(?:я|як|как) (?:(?:-|це|також|теж|колишн\w+|звичайн\w+|проста?|простий|головн\w+|старш\w+|шкільн\w+|дільничн\w+) ){{0,3}}{TRADES} "
        rf"(?:(?:математики|історії|фізики|хімії|мови|літератури|англійської|української|класів|початкових|молодших|математики|истории|физики|химии|языка) ){{0,3}}"
        rf"(?P<place>(?:(?!{IN_UA} )(?:[^\W_][\w'-]{{0,30}}+(?![\w'-])) ){{0,2}}?{HOUSES}(?: ?(?!{BREAKS}){TOKEN}){{0,5}})"
    ),
    pattern(rf"(?<!\w)я (?:-|це)? ?(?:{WORD} )?{TRADES} (?:{WORD} )?{IN_UA} (?P<place>{PLACE})"),
    pattern(
        r"(?<!\w)(?:i(?: am|'m| was)|as) (?:an? |the |currently |now ){0,2}(?:[^\W\d_][\w-]{1,20}+ ){0,2}?(?:nurse|doctor|teacher|engineer|soldier|officer|driver|student|"
        r"professor|lawyer|judge|clerk|manager|journalist|editor|accountant|programmer|developer|worker|employee|cook|cashier|miner|"
        r"policeman|policewoman|firefighter|paramedic|surgeon|principal|director|diplomat|employed|lecturer|librarian|guard)"
        rf" (?:at|for|in|with|from|of|by) (?:the )?(?P<place>{PLACE})"
    ),
    pattern(rf"(?<!\w)jestem {TRADES} (?:w|na) (?P<place>{PLACE})"),
)
# After a trade without a preposition, or after "я з", only what has a capital or stands in quotes is a place.
PROPER = (
    pattern(rf"(?<!\w)(?:я (?:(?:-|це) )?(?:{WORD} )?|(?:як|как) )(?P<trade>{TRADES}) (?P<place>{PLACE})"),
    pattern(
        rf"(?<!\w)(?P<trade>наш\w{{0,3}}|мо\w{{1,2}}) {HOUSES} (?P<place>\"[^\"\n]{{1,60}}\"|№ ?\d{{1,6}})"
    ),
)
ACRONYM = pattern(r"(?<!\w)(?P<trade>я) (?:з|із|зі|из|с) (?P<place>[^\W\d_]{2,8})(?!\w)")
NO_ACRONYM = vocabulary("сша єс ес срср ссср рф рб оон нато usa uk eu")

NO_PLACE = pattern(
    r"(?:себе|саду|город\w|вихідн\w+|користь|результат|совість|повну|благо|помилк\w+|ошибках|дво[хм]\w?|трьох|дому|дома|вдома|ніч|ніч\w+|дистанц\w+|відпуст\w+|"
    r"того|те|це|мир|добро|гроші|деньги|майбутн\w+|будущее|всіх|всех|сво[єїи]\w{0,2}|своє|своїх|свою|свій|своей|кого|чому|чим|тому|цьому|этом|этого|людей|людям|"
    r"умовах|такому|такій|таких|режимі|повній|полную|пользу|славу|знос|износ|вас|нас|них|їх|україни|україні|українi|украине|росії|"
    r"peace|myself|free|money|home|a|living|years?|hours|progress|it|the|them|him|her|us|you|me|everyone|people|change|two|three|shifts?|nights?|silence|\d+(?! (?:курс|клас)))(?![\w'-])"
)

# Units of an army.
ORDINAL = r"(?:-?(?:[а-я]{1,3}|та|тій|ої|му|го|й|а|я|ій|ая|ой|th|st|nd|rd))?"
ADJECTIVE = any_of(
    r"окрем\w{1,3} отдельн\w{2,3} механізован\w+ механизирован\w+ штурмов\w+ десантн\w+ десантно-штурмов\w+ "
    r"танков\w+ аеромобільн\w+ гірсько-штурмов\w+ гірськ\w+ піхотн\w+ єгерськ\w+ стрілецьк\w+ артилерійськ\w+ "
    r"мотопіхотн\w+ морськ\w+ президентськ\w+ тероборони гвардейск\w+ мотострелков\w+ separate mechanized assault "
    r"airborne tank marine"
)
ADJECTIVES = rf"(?:{ADJECTIVE} ){{0,3}}"
SHORT = any_of(
    r"омбр одшбр ошбр отбр обрмп осбр окпш опбр огшбр огпбр оабр оаебр одесбр ампбр омпбр обр брнгу обртро "
    r"полк\w{0,2} мсп мсбр осп пдп дшб мпб омб тро shbr"
)
LONG = any_of(
    r"бригад(?:а|и|і|у|ою|е|ой) батальйон(?:у|і|ом|а)? батальон(?:а|е|у|ом)? полк(?:у|ом|а|е)? дивізі(?:я|ї|ю|єю) "
    r"дивизи(?:я|и|ю|ей) рот(?:а|і|у|ою|е) взвод(?:у|і|ом|а|е)? загін загону brigade battalion regiment division"
)
TROOPS = r"(?: (?:морськ\w{1,2} піхот\w|морской пехоты|територіальн\w{1,2} оборон\w|тро|зсу|нгу|нацгвардії)(?!\w))?"
UNITS = (
    pattern(r"(?<!\w)[вb] ?/ ?[чc] ?,? ?(?:№ ?)?\"?(?:[^\W\d_] ?-? ?)?\d{4,5}\"?(?!\d)"),
    pattern(r"(?<!\w)(?:вч|частин\w) ?(?:№ ?)?\"?[^\W\d_] ?-? ?\d{4}\"?(?!\d)"),
    pattern(
        r"(?<!\w)(?:військов\w{1,3} част\w{2,4}|войсков\w{1,3} част\w{1,3}|польов\w{1,3} пошт\w|military unit|army unit|unit|jednostk\w{1,3} wojskow\w{1,3}) ?(?:no )?\"?"
        r"[^\W\d_] ?-? ?\d{4,5}\"?(?!\d)"
    ),
    pattern(
        r"(?<!\w)(?:військов\w{1,3} част\w{2,4}|войсков\w{1,3} част\w{1,3}|польов\w{1,3} пошт\w|military unit) ?(?:no )?\"?\d{4,5}\"?(?!\d)"
    ),
    pattern(
        rf"(?<![\w.,])\d{{1,3}}{ORDINAL} (?:{ADJECTIVES}{LONG} ?,? )?\d{{1,3}}{ORDINAL} {ADJECTIVES}{LONG}(?!\w){TROOPS}"
    ),
    pattern(rf"(?<![\w.,])\d{{1,3}}{ORDINAL} ?{ADJECTIVES}{SHORT}(?!\w)"),
    pattern(
        rf"(?<![\w.,])(?:[1-9]\d{{1,2}}{ORDINAL} {ADJECTIVES}|\d{{1,3}}-(?:та|тій|ої|й|а|я|ій|ая|ой|му|th|st|nd|rd)\w? {ADJECTIVES}){LONG}(?!\w){TROOPS}"
    ),
    pattern(rf"(?<![\w.,])\d{{1,3}}(?:th|st|nd|rd) {ADJECTIVES}{LONG}(?!\w){TROOPS}"),
)

# Own names.
NAME_WORDS = pattern(
    r"(?<!\w)(?:(?:мене|меня|мяне) (?:звати|звуть|зовут|звать|завуць|кличуть)|(?:звати|звуть) мене|зовут меня|моє (?:повне )?(?:ім'я|прізвище)|моё (?:полное )?имя|моя фамилия|"
    r"мае імя|маё імя|my (?:full |first |last |real )?(?:name|surname)(?:'s| is)|i am called|i'm called|nazywam się|mam na imię|піб|фио|"
    r"підпис|з повагою|с уважением|щиро ваш\w?|sincerely|best regards|kind regards|yours truly|"
    r"full name) ?[,:-]{0,2}\s?(?:це |это )?"
)
NAME = pattern(
    r"(?:[^\W\d_]\. ?){0,2}[^\W\d_][\w'-]{1,40}+(?: [^\W\d_](?:[\w'-]{1,40}+|\. ?[^\W\d_]\.|\.)){0,2}"
)
I_AM = pattern(r"(?<!\w)(?P<i>я|ja) ?[-,:] ?(?P<name>[^\W\d_][\w'-]{1,40}+ [^\W\d_][\w'-]{1,40}+)")
NO_NAME = vocabulary(  # what may follow those words in other sentences
    "на не до в у щоб як і й та а по що для треба и как нет чтобы под під ваша ваш "
    "on in not the a an known written to no one is only being used"
)
FAREWELL = pattern(r"з повагою|с уважением|щиро|sincerely|best|kind|yours|підпис")

# Days of birth.
MONTH = any_of(
    r"січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня января февраля марта "
    r"апреля мая июня июля августа сентября октября ноября декабря january february march april may june july "
    r"august september october november december"
)
DAY = rf"(?:\d{{1,2}} ?[./-] ?\d{{1,2}} ?[./-] ?\d{{2,4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}(?:-?го|th|st|nd|rd)? (?:of )?{MONTH}(?: (?:19|20)\d\d)?|{MONTH} \d{{1,2}}(?:th|st|nd|rd)?,? (?:19|20)\d\d)"
BIRTHS = (
    pattern(
        rf"(?<!\w)(?:(?:я|i|ja|мій|мой|my|мая|was|моя|моє) (?:{WORD} )?(?:народи\w{{2,4}}|родил\w{{2,3}}|born|birthday|birth date|date of birth|день народження|день рождения|дата народження|дата рождения)|"
        rf"(?:\A|(?<=[.!?,\n])|(?<=[.!?,\n] ))(?:народи(?:вся|лася|вс[ья]|лась)|родил(?:ся|ась)|born)|день народження|день рождения|дата народження|дата рождения|date of birth|dob|birth date|data urodzenia|urodził[ae]m się|д\.? ?н\.?|д\.? ?р\.?)"
        rf"(?: (?:у|в|on|is|is on|на|припадає на|це|to|jest))?[:,-]? ?-? ?(?P<day>{DAY}(?:,? ?(?:р|року|года|г)\.?(?!\w))?)"
    ),
    pattern(
        rf"(?<![\w.])(?P<day>(?:{DAY}|(?:19|20)\d\d)) ?(?:р\. ?н|г\. ?р|року народження|года рождения|р\. народження|г\.р)(?!\w)\.?"
    ),
)


def words(reading: Reading) -> Iterator[Found]:
    text = reading.text
    for work in (*WORK, *TRADE_AT):
        for match in work.finditer(text):
            if not NO_PLACE.match(text, match.start("place")):
                yield *match.span("place"), Kind.WORKPLACE
    yield from _proper_places(reading)
    for unit in UNITS:
        for match in unit.finditer(text):
            yield *match.span(), Kind.UNIT
    yield from _names(reading)
    for birth in BIRTHS:
        for match in birth.finditer(text):
            yield *match.span("day"), Kind.BIRTH


def _proper_places(reading: Reading) -> Iterator[Found]:
    for proper in (*PROPER, ACRONYM):
        for match in proper.finditer(reading.text):
            start, end = match.span("place")
            place = reading.original(start, end)
            if reading.original(*match.span("trade"))[1:].isupper():  # all is in capitals
                continue
            if proper is ACRONYM and (not place.isupper() or match["place"] in NO_ACRONYM):
                continue
            if place[0].isupper() or reading.text[start] in '"#n':
                yield start, end, Kind.WORKPLACE


def _names(reading: Reading) -> Iterator[Found]:
    """The words after "my name is": the first if it may be a name, further ones with a capital."""
    text = reading.text
    for match in I_AM.finditer(text):
        name = reading.original(*match.span("name")).split()
        if all(part.istitle() for part in name):
            yield *match.span("name"), Kind.NAME
    for match in NAME_WORDS.finditer(text):
        named = NAME.match(text, match.end())
        if named is None:
            continue
        end = start = named.start()
        for part in re.finditer(r"[^ ]+", named[0]):
            first, last = start + part.start(), start + part.end()
            capital = reading.original(first, last)[:1].isupper()
            if end == start and not capital and (part[0] in NO_NAME or FAREWELL.match(match[0])):
                break
            if end != start and not capital:
                break
            end = last
        if end > start:
            yield start, end, Kind.NAME
