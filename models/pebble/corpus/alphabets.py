"""Names and words of many alphabets by the syllables of their languages, and paths: letters that ordinary English hardly shows.

Copying must not depend on having seen a letter: most of them are two or three bytes to the tokenizer, and every byte has to be a
thing that can be copied.
"""
from .chance import R, between, digits, pick

_VOWELS_VI = (
    "a à á ả ã ạ ă ằ ắ ẳ ẵ ặ â ầ ấ ẩ ẫ ậ e è é ẻ ẽ ẹ ê ề ế ể ễ ệ i ì í ỉ ĩ ị o ò ó ỏ õ ọ ô ồ ố ổ ỗ ộ ơ ờ ớ ở ỡ ợ u ù ú ủ ũ ụ ư ừ ứ ử ữ ự y ỳ ý ỷ ỹ ỵ "
    "uyê uyễ uyệ uyế iê iế iề iệ ươ ướ ườ ượ oa oà oá ua uô uố uồ ai ài ái ao ào áo âu ây ấy ậy ưu ui oi ôi ội ời"
).split()
# language: (beginnings, middles, ends of a syllable, how many syllables a word has, whether syllables are words of their own)
_LANGUAGES = {
    "vietnamese": (
        "b c ch d đ g gh gi h k kh l m n ng ngh nh ph q qu s t th tr v x đ th ng tr".split(), _VOWELS_VI,
        ["", "", "", "n", "ng", "nh", "m", "t", "c", "ch", "p", "n", "ng"], (1, 1)),
    "polish": (
        "b bł br brz c ch cz czw d dł dz dź g gł gr grz h j k kł kr krz kw l ł m mł mś n p pł prz pszcz r rz s ś sł sz szcz śl św t trz w wł z ź ż zdz żm".split(),
        "a a ą e e ę i ia ie io o ó u y y".split(), ["", "", "", "ch", "cz", "ć", "dź", "j", "k", "ł", "ń", "r", "rz", "sz", "ś", "szcz", "w", "ż", "ński", "wicz"],
        (1, 3)),
    "czech": (
        "b br c č čt d ď dv h hř ch j k kř kv l m ml n ň ň p př r ř s š šť št t ť tř v z ž žd".split(),
        "a á e é ě i í o ó u ú ů y ý".split(), ["", "", "", "č", "k", "l", "ň", "r", "ř", "s", "š", "ť", "v", "ž", "cký", "ová", "ček"], (1, 3)),
    "hungarian": (
        "b c cs d f g gy h j k l ly m n ny p r s sz t ty v z zs".split(), "a á e é i í o ó ö ő u ú ü ű".split(),
        ["", "", "", "cs", "gy", "k", "l", "ly", "n", "ny", "r", "s", "sz", "th", "zs", "vár", "hely", "falva"], (2, 4)),
    "nordic": (
        "b bj br d f fj g gj gr h hj hl hr hv j k kj kn kr kv l m n r s sj sk skj sl st sv t þ þr v vr ð".split(),
        "a á æ e é i í o ó ø ö å u ú y ý ei au ey".split(), ["", "", "", "ð", "ð", "f", "gg", "ld", "ll", "nd", "nn", "r", "rð", "rn", "s", "sk", "st", "þ", "dóttir", "sson", "gård", "ø", "sæter"],
        (1, 3)),
    "turkish": (
        "b c ç d f g ğ h k l m n p r s ş t v y z".split(), "a a e e ı ı i i o ö u ü".split(), ["", "", "", "ç", "ğ", "k", "l", "n", "r", "ş", "t", "oğlu", "köy"], (2, 4)),
    "romanian": (
        "b c ch cl d f g gh h j l m n p r s sc ș șt t ț v z".split(), "a ă â e i î o u ea ia oa".split(),
        ["", "", "", "c", "l", "n", "r", "s", "ș", "t", "ț", "escu", "eanu", "ști"], (1, 3)),
    "baltic": (
        "b d dz dž g ģ j k ķ l ļ m n ņ p r s š šķ t v z ž".split(), "a ā ą e ē ę ė i ī į o u ū ų ai au ie".split(),
        ["", "", "", "s", "š", "is", "as", "ė", "iņš", "ņa", "ņš"], (2, 3)),
    "romance": (
        "b br c ch d f fl g gu h j l ll m n ñ p qu r s t tr v x z ç lh nh".split(),
        "a à á â ã e è é ê ë i í î ï o ó ô õ ò u ú ù û ü ão ões ée eau oi ou".split(), ["", "", "", "l", "n", "r", "s", "z", "ção", "eaux", "ère"], (1, 3)),
    "celtic": (
        "b bh c ch d dh f g gh l m mh n p r s sh t th ll gw rh".split(), "a á ai e é ea i í io o ó u ú ui aoi w ŵ ŷ".split(),
        ["", "", "", "bh", "ch", "dh", "gh", "ll", "n", "nn", "r", "s", "th", "áin", "ín"], (1, 3)),
    "german": (
        "b br d f g h k kl kn l m n pf r s sch schl schw st t w z zw".split(), "a ä ä e ei eu i ie o ö ö u ü ü äu".split(),
        ["", "", "ch", "ck", "ff", "ß", "ß", "hn", "l", "mpf", "n", "ng", "r", "sch", "st", "tz", "stüble", "gäßle", "häuser"], (1, 3)),
    "yoruba": ("b d f g gb j k l m n r s ṣ t w y".split(), "a á à e é è ẹ ẹ́ i í ì o ó ò ọ ọ́ u ú".split(), ["", "", "", "n"], (2, 4)),
    "greek": (
        "β γ γκ δ ζ θ κ κλ λ μ μπ ν ντ ξ π πλ πρ ρ σ σπ στ τ τσ φ χ χρ ψ".split(), "α ά ε έ η ή ι ί ο ό υ ύ ω ώ αι ει οι ου ού αυ ευ ιά ία".split(),
        ["", "", "", "", "ς", "ν", "ρ", "ος", "ης", "ας", "ου", "είο"], (2, 5)),
    "russian": (
        "б в г д ж з к кр л м н п пр р с ск ст т тр ф х ц ч ш щ вл дв гр".split(), "а а е е ё и и о о у ы э ю я ья ье".split(),
        ["", "", "", "в", "й", "к", "л", "м", "н", "р", "с", "т", "нь", "ть", "ский", "ова", "ёв", "ин", "щик", "ъезд"], (2, 4)),
    "ukrainian": (
        "б в г ґ д ж з к л м н п р с т ф х ц ч ш щ".split(), "а е є и і ї о у ю я".split(),
        ["", "", "", "в", "й", "к", "н", "нь", "ський", "енко", "ук", "иця", "ів", "ґа"], (2, 4)),
    "south-slavic": ("б в г д ђ ж з ј к л љ м н њ п р с т ћ ф х ц ч џ ш ѓ ќ ѕ".split(), "а е и о у ъ".split(), ["", "", "", "ћ", "ић", "ски", "град"], (2, 3)),
    "armenian": ("բ գ դ զ թ լ խ կ հ մ ն շ պ ս վ տ ր ց".split(), "ա ե է ի ո օ ու".split(), ["", "", "ն", "ր", "յան"], (2, 3)),
    "georgian": ("ბ გ დ ვ ზ თ კ ლ მ ნ პ რ ს ტ ფ ქ ღ ყ შ ჩ ც ძ წ ჭ ხ ჯ ჰ".split(), "ა ე ი ო უ".split(), ["", "", "შვილი", "ძე"], (2, 3)),
    "hebrew": ("א ב ג ד ה ו ז ח ט י כ ל מ נ ס ע פ צ ק ר ש ת".split(), [""], [""], (3, 6)),
    "arabic": ("ا ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي".split(), ["", "", "ا", "ي", "و"], ["", "", "ة"], (2, 4)),
    "hindi": ("क ख ग घ च छ ज ट ड त थ द ध न प फ ब भ म य र ल व श स ह".split(), ["", "", "ा", "ि", "ी", "ु", "े", "ो"], ["", "", "ं"], (2, 4)),
    "thai": ("ก ข ค ง จ ช ซ ด ต ถ ท น บ ป ผ พ ม ย ร ล ว ส ห อ".split(), "า ี ิ ุ ู ะ ั".split(), ["", "", "น", "ง", "ม"], (2, 3)),
    "kana": ("あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も や ゆ よ ら り る れ ろ わ を ん".split(), [""], [""], (2, 5)),
    "katakana": ("ア イ ウ エ オ カ キ ク ケ コ サ シ ス セ ソ タ チ ツ テ ト ナ ニ ヌ ネ ノ ハ ヒ フ ヘ ホ マ ミ ム メ モ ラ リ ル レ ロ ワ ン ー ッ ド ブ グ ジ".split(), [""], [""], (2, 6)),
}
_COMMON = (
    ["vietnamese"] * 5 + ["greek"] * 4 + ["russian"] * 4 + ["ukrainian"] * 2 + ["polish"] * 2 + ["czech"] * 2 + ["hungarian"] * 2 + ["nordic"] * 3
    + ["turkish"] * 2 + ["romanian", "baltic", "celtic", "german", "german", "yoruba", "romance", "romance", "romance", "south-slavic"]
)
_RARE = [name for name in _LANGUAGES if name not in _COMMON] + ["hangul", "letters"]
_WITHOUT_CAPITALS = {"georgian", "hebrew", "arabic", "hindi", "thai", "kana", "katakana", "hangul"}
# blocks of letters from which any may come: Latin with every mark, Greek, Cyrillic
_BLOCKS = ((0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x17F), (0x1CD, 0x1DC), (0x218, 0x21B), (0x1E00, 0x1EF9), (0x391, 0x3A1), (0x3A3, 0x3C9), (0x400, 0x45F), (0x48A, 0x4FF))


def language():
    return pick(_COMMON) if R() < 0.85 else pick(_RARE)


def word(of=None):
    """An invented word of a language, in small letters."""
    of = of or language()
    if of == "hangul":
        return "".join(chr(between(0xAC00, 0xD7A3)) for _ in range(between(2, 4)))
    if of == "letters":
        low, high = pick(_BLOCKS)
        return "".join(chr(between(low, high)) for _ in range(between(2, 6)))
    first, middle, last, (least, most) = _LANGUAGES[of]
    return "".join(pick(first) + pick(middle) + (pick(last) if R() < 0.5 else "") for _ in range(between(least, most)))


def _capital(text, of):
    return text if of in _WITHOUT_CAPITALS else text[:1].upper() + text[1:]


def name(of=None):
    of = of or language()
    return _capital(word(of), of)


def full_name():
    """Two to four names of one language, now and then with a hyphen or a small word between them."""
    of = language()
    count = between(2, 4) if of == "vietnamese" else 2 if R() < 0.8 else 3
    names = [name(of) for _ in range(count)]
    glue = "-" if R() < 0.08 else " " + pick(("de ", "von ", "O'", "Ó ", "da ", "af ")) if R() < 0.06 else " "
    return " ".join(names[:-1]) + glue + names[-1]


_QUOTES = ("«{}»", "“{}”", "„{}“", "\"{}\"", "‹{}›", "{}", "{}", "{}", "{}", "{}")


def place():
    """A street, a town, a house, a firm as its country writes it."""
    of = language()
    before = {"greek": ("Ξενοδοχείο", "Οδός", "Πλατεία", ""), "russian": ("улица", "ООО", "гостиница", "проспект", ""),
              "ukrainian": ("вулиця", "площа", "місто", ""), "vietnamese": ("Phố", "Đường", "Quận", ""), "polish": ("ulica", "Plac", ""),
              "czech": ("náměstí", "ulice", ""), "hungarian": ("utca", ""), "nordic": ("", ""), "german": ("Gasthof", "Zum", ""),
              "romance": ("Rua", "Calle", "Chez", "Château", "")}.get(of, ("",))
    head = pick(before)
    return (head + " " if head else "") + pick(_QUOTES).format(name(of) + (" " + name(of) if R() < 0.4 else ""))


def _part():
    k = R()
    return name() if k < 0.35 else word(pick(("german", "nordic", "romance"))) if k < 0.6 else pick(
        ("Projects", "Archive", "docs", "share", "users", "tmp", "Scans", "2026", "old", "backup", "src", "data", "HR", "Invoices")) if k < 0.85 else digits(between(1, 4))


def path():
    """Where a file lies: with slashes of either kind, drives and servers."""
    k = R()
    parts = [_part() for _ in range(between(2, 4))]
    server = pick(("srv", "nas", "fs", "host", "node", "box")) + digits(2) if R() < 0.5 else word(pick(("german", "nordic", "celtic")))
    end = pick(("", "", ".txt", ".docx", ".log", ".conf", ".csv"))
    if k < 0.4:
        return "\\\\" + server + "\\" + "\\".join(parts) + end
    if k < 0.6:
        return pick("CDEFSXZ") + ":\\" + "\\".join(parts) + end
    if k < 0.8:
        return pick(("/", "~/", "/mnt/", "/srv/", "./")) + "/".join(parts) + end
    return pick(("smb://", "file://", "sftp://", "https://")) + server + "/" + "/".join(parts) + end


def anything():
    """Something to be copied that no rule of English helps with."""
    k = R()
    if k < 0.45:
        return full_name()
    if k < 0.65:
        return place()
    if k < 0.8:
        return name()
    return path() if k < 0.93 else "".join(name() for _ in range(2)) + pick("-_.·/") + digits(between(1, 3))
