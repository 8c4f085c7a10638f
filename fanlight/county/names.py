"""The names of an invented county: who might live in one English county, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Names that go together, the ethnicity codes of school and hospital systems, and a share of the county."""

    ethnic: str
    ethnic_nhs: str
    language: str
    weight: int
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    families: tuple[str, ...]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMMUNITIES = (
    Community(
        ethnic="WBRI",
        ethnic_nhs="A",
        language="ENG",
        weight=58,
        girls=_names(
            "Amelia Olivia Isla Ava Freya Poppy Grace Daisy Evie Millie Scarlett Ruby Molly Phoebe Maisie Harriet "
            "Imogen Lottie Bethany Keeley Skye Megan Jessica Erin Niamh Tilly Orla Robyn Lacey Demi"
        ),
        boys=_names(
            "George Arthur Noah Archie Leo Oscar Alfie Freddie Harry Tommy Jack Charlie Finley Riley Logan Ethan "
            "Jenson Kai Reece Connor Bradley Liam Toby Ellis Zachary Kian Ashton Billy Stanley Dylan"
        ),
        families=_names(
            "Booth Fletcher Ackroyd Metcalfe Dinsdale Raistrick Thackray Pickersgill Horsfall Barraclough Lister "
            "Holroyd Suggitt Wardle Beckwith Fawcett Lumley Kettlewell Tordoff Garside Nettleton Harker Calvert "
            "Sunter Peacock Hebden Whitfield Bramley Croft Marsden Appleyard O'Hara Smith-Reid Stott Varley"
        ),
    ),
    Community(
        ethnic="WBRI",
        ethnic_nhs="A",
        language="CYM",
        weight=4,
        girls=_names("Carys Ffion Nia Lowri Mali Elin Cerys Catrin"),
        boys=_names("Osian Rhys Gethin Ioan Macsen Tomos Emrys Iestyn"),
        families=_names("Pritchard Llewellyn Gwynne Bevan Prosser Cadwaladr Maddocks"),
    ),
    Community(
        ethnic="WOTH",
        ethnic_nhs="C",
        language="POL",
        weight=9,
        girls=_names("Zuzanna Hanna Maja Lena Oliwia Wiktoria Nikola Gabriela Kinga Małgorzata"),
        boys=_names("Jakub Kacper Szymon Filip Oskar Mikołaj Bartosz Dawid Łukasz Wojciech"),
        families=_names("Nowak Wójcik Kamiński Lewandowski Zieliński Woźniak Mazur Krawczyk Dąbrowski Pawlak"),
    ),
    Community(
        ethnic="APKN",
        ethnic_nhs="J",
        language="URD",
        weight=10,
        girls=_names("Aisha Zainab Fatima Maryam Hafsa Noor Iqra Sana Amina Mahnoor"),
        boys=_names("Muhammad Yusuf Bilal Hamza Zayn Ibraheem Haris Daniyal Umar Adam"),
        families=_names("Hussain Iqbal Mahmood Akhtar Rafiq Shabir Malik Chaudhry Bhatti Aslam"),
    ),
    Community(
        ethnic="WROM",
        ethnic_nhs="C",
        language="ENG",
        weight=5,
        girls=_names("Shannon Kizzy Lavinia Mary-Ann Tiernan Charity Britannia Delilah"),
        boys=_names("Levi Nelson Jimmy Elijah Tyson Miles Abraham Righteous"),
        families=_names("Loveridge Doran Lovell Boswell Buckland Wilshaw Gaskin"),
    ),
    Community(
        ethnic="BAFR",
        ethnic_nhs="N",
        language="ENG",
        weight=7,
        girls=_names("Adaeze Ngozi Temitope Folake Chiamaka Simisola Zainabu Ebele"),
        boys=_names("Chidi Tunde Emeka Oluwaseun Kelechi Ayomide Obinna Femi"),
        families=_names("Okafor Adeyemi Balogun Eze Nwosu Ogunleye Adebayo Onwudiwe Danjuma"),
    ),
    Community(
        ethnic="AIND",
        ethnic_nhs="H",
        language="PAN",
        weight=4,
        girls=_names("Simran Jasleen Anaya Harleen Priya Diya"),
        boys=_names("Arjan Gurdeep Rohan Kiran Arjun Jaspreet"),
        families=_names("Singh-Gill Kaur Sandhu Patel Bains Dhillon Parmar"),
    ),
    Community(
        ethnic="AOTH",
        ethnic_nhs="L",
        language="VIE",
        weight=3,
        girls=_names("Linh Thi-Mai Shirin Nazanin Hiwa Bahar"),
        boys=_names("Minh Quang Rebin Omid Soran Farhad"),
        families=_names("Nguyen Tran Karimi Rahmani Salih Hoang"),
    ),
)

STREETS = _names(
    "Tannery Kilnside Weavers Saltergate Foundry Cobblers Larkspur Beacon Drovers Millrace Quarry Linnet Rookery "
    "Harebell Sawmill Turnstile Chandlers Bellmaker Gritstone Packhorse"
)
STREET_KINDS = ("Row", "Street", "Close", "Lane", "Terrace", "Drive")
TOWNS = ("Ambleforth", "Kelderby", "Skelthwaite", "Thornmere", "Westing Bay", "Marrickdale")
PLACES = (
    "Kelderby bus station",
    "Thornmere retail park",
    "Westing Bay seafront",
    "Ambleforth rail station",
    "Skelthwaite skate park",
    "Marrickdale market place",
)
