"""What readers say: made of pieces, so that hardly two say the same, and some things that break careless programs."""

from random import Random

# By leaning: for, against, undecided.  They fit any article that argues for something.
OPENINGS = (
    (
        "Нарешті хтось сказав це вголос.",
        "Цілком підтримую автора 👏",
        "Згоден майже з усім.",
        "Я за!",
        "Давно пора.",
        "Читала двічі, і обидва рази кивала.",
        "Під цим текстом я б підписався.",
        "Well said.",
    ),
    (
        "Категорично проти.",
        "Не переконали.",
        "Знову гарні слова, а далі що?",
        "Автор бачить тільки один бік 😕",
        "Ні, ні і ще раз ні.",
        "Це писала людина, якій не жити з наслідками.",
        "Я іншої думки, і от чому.",
        "I don't buy it.",
    ),
    (
        "Важко сказати.",
        "І ті, і ті мають рацію 🤷",
        "Поки що вагаюся.",
        "Раніше був за, тепер сумніваюся.",
        "Мені бракує цифр.",
        "Тут немає простої відповіді.",
        "Чесно кажучи, ще не вирішила.",
        "Not sure yet.",
    ),
)
REASONS = (
    (
        "Боятися змін — найгірша порада, яку можна дати",
        "Те, що описано, я бачу щодня на власні очі",
        "Краще спробувати і виправити, ніж чекати ще десять років",
        "Мої діти скажуть за це спасибі",
        "Докази наведено чесно, навіть незручні",
        "Хто жив поруч, той не сперечатиметься",
        "Жодного кращого плану ніхто так і не показав",
        "Це коштує грошей, але бездіяльність коштує більше",
    ),
    (
        "Нас знову ніхто не спитав",
        "Гроші підуть, а толку не буде, бачили вже",
        "За чужий рахунок легко бути сміливим",
        "Приклади підібрано так, щоб вийшло що треба",
        "Спершу треба довести до ладу те, що вже почали",
        "Постраждають ті, хто найменше винен",
        "Один рік нічого не доведе",
        "Я двадцять років це чую, і щоразу «востаннє»",
    ),
    (
        "Залежить від того, хто і як це робитиме",
        "Хотілося б почути людей, яких це зачепить першими",
        "Якби були гарантії, я б погодилась",
        "Ідея добра, виконавці не дуже",
        "Порівняння цікаве, але умови там інші",
        "Треба рахувати, а не сваритися",
        "Половина доводів слушна, половина притягнута",
        "Запитайте мене через рік",
    ),
)
ENDINGS = (
    ".",
    "!",
    "…",
    ". Дякую за статтю.",
    ". І крапка.",
    " 🙂",
    ". Так думає вся моя родина.",
    ", принаймні так у нас на районі.",
    ".\n\nВибачте за довгий допис.",
    ". Хто не згоден — напишіть чому.",
    ". Сподіваюся, редакція це прочитає.",
    " ❤️‍🔥",
)
REPLIES = (
    "А я з вами не згодна.",
    "+1",
    "От саме так!",
    "Звідки такі цифри?",
    "Прочитайте статтю ще раз, там про це є.",
    "Дякую, не думав про це з такого боку.",
    "😂😂😂",
    "Не переходьмо на особистості, будь ласка.",
    "Source?",
    "Я теж так гадав, поки не переїхав.",
)
AFTERTHOUGHTS = (
    "\n\nДодам: помилку виправив.",
    " (виправлено)",
    " UPD: подумала й лишаюся при своєму.",
    " P. S. Перепрошую за різкий тон.",
    "\nОй, хибодрук.",
)
# Texts that a careless program would cut, parse, turn around or lose.
ODD = (
    "<b>Жирно</b> і <script>alert('ні')</script> — а що як так? &amp; &lt;3",
    "5 < 6 && 7 > 2, тож «<a href='https://example.com'>доказ</a>» & крапка",
    "👨‍👩‍👧‍👦 за, 🏴󠁧󠁢󠁥󠁮󠁧󠁿 проти, 🇺🇦 понад усе",
    "אני מסכים עם הכותב, אבל לא עם המסקנה.",
    "أوافق على الفكرة، لكن متى؟ Колись побачимо.",
    "Ціна — 11\u00a0000\u00a0000\u00a0грн, і\u00a0це лише початок",
    "'; DROP TABLE vote; --",
    "{ $option } · %s · {0} · \\n — перевірка зв’язку",
    "Рядок перший\nрядок другий\n\n    рядок четвертий, з відступом",
    "Z̷a̷l̷g̷o̷ теж читає газети: е́, ї́, ґ",
    "𝕿𝖆𝖐. 𝟙𝟘𝟘 %. 🫡",
    "*зірочки*, _підкреслення_, `код` і [посилання](tg://user?id=1)",
    "Подзвоніть 102, напишіть @redaktsiia або #вільхополь https://example.com/?a=1&b=2",
    "٣٤٥ голосів — це багато?",
    "👍",
    "ТАК",
    "\u200fטקסט עם סימני כיוון\u200f",
    "Symbol\x07 with a bell and a\ttab",
)
LONG = 4_000  # characters of the longest opinion that the bot takes in private


class Words:
    """The words of one reader."""

    def __init__(self, rng: Random, leaning: int) -> None:
        self._rng, self._leaning = rng, min(leaning, len(OPENINGS) - 1)

    def opinion(self) -> str:
        chance = self._rng.random()
        if chance < 0.12:
            return self._rng.choice(ODD)
        if chance < 0.15:
            return self.long(self._rng.randint(900, LONG))
        return self._sentence()

    def long(self, length: int) -> str:
        """Exactly so many characters, none of them at an end a space."""
        text = ""
        while len(text) <= length:
            text += f"{self._sentence()} "
        return text[: length - 1].rstrip().ljust(length - 1, "…") + "."

    def reply(self) -> str:
        return self._rng.choice(REPLIES)

    def corrected(self, text: str) -> str:
        new = [each for each in AFTERTHOUGHTS if each not in text]
        return text[: LONG - 100] + self._rng.choice(new)

    def _sentence(self) -> str:
        pieces = OPENINGS[self._leaning], REASONS[self._leaning], ENDINGS
        opening, reason, ending = (self._rng.choice(each) for each in pieces)
        return f"{opening} {reason}{ending}"
