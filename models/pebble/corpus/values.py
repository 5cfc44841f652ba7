"""Random values in English: invented words, names, codes, times, amounts, addresses. An open vocabulary is what teaches copying."""
import string

from . import alphabets
from .chance import R, between, digits, pick
from .inflection import NOUN_FORMS
from .stock import CITIES, FIRST_NAMES, LAST_NAMES, MONTHS, NUMBER_WORDS, WEEKDAYS

UPPER = string.ascii_uppercase
LOWER = string.ascii_lowercase
_LETTERS = string.ascii_letters + string.digits
_ONSETS = (
    "b c d f g h j k l m n p r s t v w z br bl ch cl cr dr fl fr gl gr kh kl kr pl pr qu sc sh sk sl sm sn sp st str sw th tr tw v y zh "
    "b d f k l m n p r s t"
).split()
_VOWELS = "a e i o u a e i o u a e i o u ai au ea ee ei ie io oo ou y".split()
_CODAS = [""] * 9 + "n r s l k m t x nd rt st ng ck sh lm rn ff b d g p z n r s l".split()
_ACCENTED = "é è ü ö ä ñ ç ø å á í ó ú ß ê ô ı ş ž č ł ń".split()
_RARE = (
    "абвгдежзийклмнопрстуфхцчшыэюяαβγδεζηθικλμνοπρστυφχψω"
    "ăâîșțğıőűąęćńśźżžščřůňťāēīūķļņģœæðþàèìòùêôûëïÿãõñ"
)


def _syllable():
    return pick(_ONSETS) + pick(_VOWELS) + pick(_CODAS)


def invented():
    """A word that nobody has used: usually pronounceable, now and then accented, foreign or mere letters."""
    k = R()
    if k < 0.07:
        # the alphabets of the world, then mere letters
        if k < 0.04:
            return alphabets.word()
        letters, most = (LOWER, 7) if k > 0.045 else (_RARE, 6)
        return "".join(pick(letters) for _ in range(between(2, most)))
    word = _syllable()
    if k < 0.85:
        word += _syllable()
    if k < 0.4:
        word += _syllable()
    if 0.85 < k < 0.89:
        i = between(1, len(word))
        word = word[:i] + pick(_ACCENTED) + word[i:]
    return word


def invented_name():
    return alphabets.name() if R() < 0.06 else invented().capitalize()


def noun_word():
    return pick(NOUN_FORMS)[0]


def letters(count, alphabet=_LETTERS):
    return "".join(pick(alphabet) for _ in range(count))


_CODES = (
    lambda: pick(UPPER) + pick(UPPER) + "-" + digits(between(2, 5)),
    lambda: pick(UPPER) + pick(UPPER) + "-" + digits(between(2, 5)),
    lambda: invented() + "-" + digits(between(2, 4)),
    lambda: invented_name() + digits(between(1, 4)) + pick("!#?$&*%"),
    lambda: letters(between(5, 10)),
    lambda: pick(UPPER) + digits(1) + "-" + invented().upper(),
    lambda: digits(between(1, 2)) + pick(UPPER),
    lambda: pick(UPPER) + digits(between(1, 3)),
    lambda: "-".join(digits(2) for _ in range(between(2, 4))),
    lambda: f"{between(1, 30)}.{between(0, 20)}" + (f".{between(0, 30)}" if R() < 0.6 else ""),
    lambda: (invented_name() if R() < 0.5 else noun_word()) + pick("-_.!:") + digits(between(1, 4)),
    lambda: pick(UPPER) + pick(UPPER) + " " + digits(between(2, 4)) + " " + pick(UPPER) + pick(UPPER),
    lambda: noun_word() + "-" + noun_word() + ("-" + digits(2) if R() < 0.5 else ""),
    lambda: f"{pick(UPPER)}{pick(UPPER)}{pick(UPPER)}-{between(2022, 2028)}-{digits(between(2, 4))}",
    lambda: digits(between(1, 3)) + "/" + digits(between(1, 4)),
    lambda: letters(between(4, 12), "0123456789abcdef"),
    lambda: " ".join(digits(between(2, 4)) for _ in range(between(2, 3))),
    lambda: pick("- ./").join(letters(between(3, 6), UPPER + string.digits) for _ in range(between(2, 5))),
    lambda: pick(("-", "-", "/", "_", ".", ":", "+")).join(letters(between(2, 5)) for _ in range(between(2, 4))),
    lambda: pick(UPPER) + pick(UPPER) + digits(2) + " " + " ".join(letters(4, string.digits if R() < 0.8 else UPPER + string.digits) for _ in range(between(3, 5))),
    lambda: ":".join(letters(2, "0123456789abcdef") for _ in range(6)),
    lambda: letters(between(11, 22), string.digits),
    lambda: f"{between(0, 20)}.{between(0, 40)}.{between(0, 30)}" + pick("-+") + pick(("rc", "beta", "b", "build.", "dev", "alpha")) + digits(between(1, 4)),
    lambda: letters(between(2, 4), UPPER) + letters(between(8, 16), string.digits) + pick(("", "", pick(UPPER))),
    alphabets.path,
    alphabets.path,
)


def code():
    return digits(between(3, 8)) if R() < 0.227 else pick(_CODES)()


def number():
    k = R()
    if k < 0.4:
        return str(between(2, 20))
    if k < 0.75:
        return str(between(20, 999))
    if k < 0.85:
        return str(between(1000, 99999))
    return f"{between(1, 99)},{between(0, 999):03d}" if k < 0.92 else f"{between(0, 99)}.{between(1, 99)}"


def count():
    return pick(NUMBER_WORDS) if R() < 0.35 else str(between(2, 12)) if R() < 0.5 else str(between(13, 900))


def clock():
    k = R()
    if k < 0.5:
        return f"{between(0, 23):02d}:{between(0, 11) * 5:02d}"
    if k < 0.65:
        return f"{between(1, 12)}:{pick((0, 15, 20, 30, 45)):02d}" + pick(("", " am", " pm", "am", "pm"))
    if k < 0.8:
        return f"{between(1, 12)} " + pick(("am", "pm", "o'clock", "a.m.", "p.m."))
    if k < 0.86:
        return pick(("half past ", "quarter past ", "quarter to ", "ten past ")) + pick(NUMBER_WORDS[:11])
    if k < 0.93:
        return pick(NUMBER_WORDS[:11]) + pick((" in the morning", " in the evening", " o'clock", " in the afternoon", ""))
    return pick(("noon", "midnight", "sunrise", "dusk", "lunchtime"))


def weekday():
    return pick(WEEKDAYS)


def calendar_date():
    """A date without a weekday."""
    k = R()
    day, month = between(1, 28), pick(MONTHS)
    if k < 0.33:
        return f"{day} {month}"
    if k < 0.56:
        return f"{month} {day}"
    if k < 0.7:
        return f"{day} {month} {between(1950, 2032)}"
    if k < 0.8:
        return iso_date()
    if k < 0.9:
        return f"{day}.{between(1, 12)}." + pick(("", str(between(2024, 2030))))
    ending = "st" if day in (1, 21) else "nd" if day in (2, 22) else "rd" if day in (3, 23) else "th"
    return f"the {day}{ending} of {month}"


def iso_date():
    return f"{between(2023, 2031)}-{between(1, 12):02d}-{between(1, 28):02d}"


def date():
    return calendar_date() if R() < 0.86 else weekday()


def money():
    k = R()
    if R() < 0.4:
        amount = str(between(2, 99))
    elif R() < 0.6:
        amount = str(between(100, 999))
    else:
        amount = f"{between(1, 99)},{between(0, 999):03d}" if R() < 0.5 else f"{between(1, 99)}.{between(10, 99)}"
    return pick("€$£") + amount if k < 0.4 else amount + pick((" euros", " dollars", " pounds", " EUR", " francs", " yuan", " kroner", " €"))


def phone():
    return pick(("+44 ", "+49 ", "0", "+33 ", "0", "+1 ", "")) + pick((" ", " ", "-")).join(digits(between(2, 4)) for _ in range(between(2, 4)))


def _lower_name():
    return (pick(FIRST_NAMES) if R() < 0.4 else invented_name()).lower()


def host():
    before = pick(("", "mail.", "www.", "vpn.", "intra.", "files.", "ns1.", None))
    before = invented() + "." if before is None else before
    name = invented() if R() < 0.7 else noun_word()
    return before + name + pick((".com", ".example", ".org", ".net", ".local", ".de", ".co.uk", ".lan"))


def email():
    user = _lower_name() + ("." + _lower_name() if R() < 0.3 else "") if R() < 0.6 else noun_word()
    return user + "@" + host()


def ip_address():
    return f"{pick((10, 192, 172, between(1, 254)))}.{between(0, 255)}.{between(0, 255)}.{between(1, 254)}"


def last_name():
    return pick(LAST_NAMES) if R() < 0.6 else invented_name()


def person():
    """First name, first and last name, or title and last name; known and invented ones."""
    if R() < 0.07:
        return alphabets.full_name()
    first = pick(FIRST_NAMES) if R() < 0.62 else invented_name()
    k = R()
    if k < 0.38:
        return first + " " + last_name()
    if k < 0.46:
        return pick(("Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Professor ", "Mr ", "Dr ")) + last_name()
    if k < 0.48:
        return first + " " + pick(("van der ", "de ", "von ", "da ")) + invented_name()
    return first


_FIRM_ENDINGS = (" Ltd", " GmbH", "", " Logistics", " Supplies", " & Sons", " Energy", " Inc.", " Bank", " Systems", " Foods")


def firm():
    return (invented_name() if R() < 0.7 else noun_word().capitalize()) + pick(_FIRM_ENDINGS)


def city():
    if R() < 0.04:
        return alphabets.place()
    return pick(CITIES) if R() < 0.6 else invented_name()


_UNITS = (
    "kg|metres|cm|km|litres|degrees|grams|tonnes|miles|inches|square metres|watts|volts|bar|GB|pages|years|points|percent|feet"
).split("|")


def measure():
    return number() + " " + pick(_UNITS) if R() < 0.9 else number() + pick((" %", "%", "°C", "kg", "m", "cm"))


_SPANS = ["minutes", "hours", "days", "weeks", "months", "years", "seconds", "working days", "nights"]
_ONE_SPAN = ("an hour", "half an hour", "a week", "a day", "a month", "a year", "an hour and a half", "one night")


def duration():
    if R() < 0.88:
        return (pick(NUMBER_WORDS) if R() < 0.5 else str(between(2, 90))) + " " + pick(_SPANS)
    return pick(_ONE_SPAN)


_SPOTS = (
    "level |floor |room |gate |bay |platform |drawer |shelf |aisle |desk |row |box |locker |building |zone |bed |dock |hall |cabinet |rack "
).split("|")


def spot_number():
    k = int(R() * 5)
    if k == 0:
        return str(between(1, 40))
    if k == 1:
        return digits(3)
    if k == 2:
        return digits(between(1, 2)) + pick("ABCDEFG")
    return pick(UPPER) + digits(between(1, 2)) if k == 3 else pick(UPPER.replace("I", ""))  # "room I" would be told as "room you"


def spot():
    """A numbered place: "room 204", "shelf C"."""
    return pick(_SPOTS) + spot_number()
