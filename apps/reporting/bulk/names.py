"""Names of nobody: given names, family names and streets that are common, put together by chance."""

FIRST_NAMES = (
    "Anna", "Bram", "Carla", "Daan", "Eline", "Femke", "Gijs", "Hanna", "Iris", "Jasper", "Karin", "Lars", "Maud", "Niels",
    "Olga", "Pim", "Quinten", "Roos", "Sanne", "Teun", "Ursula", "Vera", "Wouter", "Xander", "Yara", "Zoe", "Ahmed", "Bilal",
    "Chantal", "Dewi", "Emre", "Fatima", "Gerrit", "Hugo", "Ilse", "Joris", "Kees", "Linda", "Mehmet", "Nadia", "Otto",
    "Petra", "Ruben", "Sofie", "Tim", "Willem", "Youssef", "Marieke", "Henk", "Lotte",
)  # fmt: skip
LAST_NAMES = (
    "Jansen", "de Vries", "van den Berg", "Bakker", "Visser", "Smit", "Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos",
    "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer",
    "Kok", "Jacobs", "de Haan", "Vermeulen", "van den Heuvel", "van der Veen", "Schouten", "van Dam", "Prins", "Blom",
    "Huisman", "Kuipers", "van Dijk", "Postma", "Koster", "Willems", "Maas", "Verhoeven", "Yilmaz", "El Amrani", "Nguyen",
    "Timmermans", "Groen", "Gerritsen", "Jonker", "van Wijk", "Hoekstra", "Scholten",
)  # fmt: skip
SHOPS = ("Installatie", "Elektro", "Laadtechniek", "Energie", "Techniek", "Webshop", "Groothandel", "Duurzaam")
STREETS = (
    "Dorpsstraat", "Kerkstraat", "Molenweg", "Schoolstraat", "Stationsweg", "Beatrixlaan", "Julianastraat", "Eikenlaan",
    "Beukenhof", "Lindelaan", "Meidoornstraat", "Nieuweweg", "Parallelweg", "Raadhuisstraat", "Spoorlaan", "Veldweg",
    "Wilhelminastraat", "Zuiderdijk", "Akkerweg", "Berkenlaan", "Dijkweg", "Esdoornstraat", "Havenstraat", "Industrieweg",
    "Kastanjelaan", "Leeuwerikstraat", "Merelhof", "Noorderweg", "Populierstraat", "Rozenstraat",
)  # fmt: skip
# (place, the first two digits of its postcodes, province)
PLACES = (
    ("Amsterdam", 10, "Noord-Holland"), ("Haarlem", 20, "Noord-Holland"), ("Den Haag", 25, "Zuid-Holland"),
    ("Rotterdam", 30, "Zuid-Holland"), ("Dordrecht", 33, "Zuid-Holland"), ("Utrecht", 35, "Utrecht"),
    ("Amersfoort", 38, "Utrecht"), ("Tiel", 40, "Gelderland"), ("Middelburg", 43, "Zeeland"), ("Breda", 48, "Noord-Brabant"),
    ("Tilburg", 50, "Noord-Brabant"), ("Eindhoven", 56, "Noord-Brabant"), ("Venlo", 59, "Limburg"), ("Maastricht", 62, "Limburg"),
    ("Nijmegen", 65, "Gelderland"), ("Arnhem", 68, "Gelderland"), ("Apeldoorn", 73, "Gelderland"), ("Enschede", 75, "Overijssel"),
    ("Zwolle", 80, "Overijssel"), ("Lelystad", 82, "Flevoland"), ("Leeuwarden", 89, "Friesland"), ("Assen", 94, "Drenthe"),
    ("Groningen", 97, "Groningen"), ("Nijkerk", 38, "Gelderland"),
)  # fmt: skip
# What stands in a step where a person gives a reason; of the steps that are not named here it is empty.
REASONS = {
    "on_hold": ("De klant is op vakantie.", "Wacht op levering.", "De netbeheerder moet eerst verzwaren.", "Monteur ziek."),
    "resumed": ("De klant is terug.", "De levering is binnen.", "De verzwaring is gereed.", "De ploeg is weer compleet."),
    "cancelled": ("De klant ziet ervan af.", "Te duur.", "De klant verhuist.", "Dubbel ingevoerd."),
    "rejected": ("Geen krediet.", "Niet leverbaar."),
    "customer_approved": ("Akkoord per e-mail.", "Akkoord per telefoon."),
    "both_approved": ("Akkoord per telefoon.", "Getekend retour."),
}
NOTES = ("", "", "", "Graag vooraf bellen.", "Parkeren achter het huis.", "Meterkast in de garage.", "Liefst op vrijdag.")
