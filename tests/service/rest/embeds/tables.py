"""Tables that lead to each other in every way, with few rows."""

from __future__ import annotations


def granted(role: str, *schemas: str) -> list[str]:
    """What lets `role` read them."""
    return [
        f"GRANT {what} TO {role}"
        for schema in schemas
        for what in (f"USAGE ON SCHEMA {schema}", f"SELECT ON ALL TABLES IN SCHEMA {schema}")
    ]


# As long as Postgres has names: 63 bytes, or 62.
LONG = ("x" * 63, "é" * 31, "日" * 21)

TO_ITSELF = [
    "CREATE TABLE ways.e (id int PRIMARY KEY, boss_id int REFERENCES ways.e)",
    "INSERT INTO ways.e VALUES (1, NULL), (2, 1), (3, 1), (4, 2)",
    # Two keys.
    "CREATE TABLE ways.firms (id int PRIMARY KEY, auditor int REFERENCES ways.firms, "
    "referee int REFERENCES ways.firms)",
    "INSERT INTO ways.firms VALUES (1, NULL, NULL), (2, 1, NULL), (3, 1, 2), (4, 2, 1)",
    # A key of two columns.
    "CREATE TABLE ways.cells (x int, y int, of_x int, of_y int, PRIMARY KEY (x, y), "
    "CONSTRAINT cell FOREIGN KEY (of_x, of_y) REFERENCES ways.cells)",
    "INSERT INTO ways.cells VALUES (1, 1, NULL, NULL), (1, 2, 1, 1), (2, 1, 1, 1), (2, 2, 1, 2)",
    # At most one points to each.
    "CREATE TABLE ways.queue (id int PRIMARY KEY, before int UNIQUE REFERENCES ways.queue)",
    "INSERT INTO ways.queue VALUES (1, NULL), (2, 1), (3, 2)",
    # Many of it to many of it.
    "CREATE TABLE ways.people (id int PRIMARY KEY)",
    "CREATE TABLE ways.follows (follower int REFERENCES ways.people, "
    "followed int REFERENCES ways.people, PRIMARY KEY (follower, followed))",
    "INSERT INTO ways.people VALUES (1), (2), (3)",
    "INSERT INTO ways.follows VALUES (1, 2), (1, 3), (2, 3)",
    # Both.
    "CREATE TABLE ways.parts (id int PRIMARY KEY, whole int REFERENCES ways.parts)",
    "CREATE TABLE ways.spares (part int REFERENCES ways.parts, spare int REFERENCES ways.parts, "
    "PRIMARY KEY (part, spare))",
    "INSERT INTO ways.parts VALUES (1, NULL), (2, 1), (3, 1)",
    "INSERT INTO ways.spares VALUES (2, 3)",
    # Names that need quotes.
    'CREATE TABLE ways."order" ("select" int PRIMARY KEY, "group" int REFERENCES ways."order")',
    'INSERT INTO ways."order" VALUES (1, NULL), (2, 1)',
    'CREATE TABLE ways."a.b, (c)" ("x.y" int PRIMARY KEY, "or, and" int REFERENCES '
    'ways."a.b, (c)")',
    'INSERT INTO ways."a.b, (c)" VALUES (1, NULL), (2, 1)',
    *(
        statement
        for name in LONG
        for statement in (
            f"CREATE TABLE ways.{name} (id int PRIMARY KEY, up int REFERENCES ways.{name})",
            f"INSERT INTO ways.{name} VALUES (1, NULL), (2, 1), (3, 2)",
            f"CREATE FUNCTION ways.twice(ways.{name}) RETURNS int STABLE RETURN 2 * $1.id",
        )
    ),
]

SEVERAL = [
    # To and fro.
    "CREATE TABLE ways.agents (id int PRIMARY KEY, department_id int)",
    "CREATE TABLE ways.departments (id int PRIMARY KEY, head_id int REFERENCES ways.agents)",
    "ALTER TABLE ways.agents ADD FOREIGN KEY (department_id) REFERENCES ways.departments",
    "INSERT INTO ways.agents VALUES (1, NULL), (2, NULL)",
    "INSERT INTO ways.departments VALUES (1, 2), (2, 2)",
    "UPDATE ways.agents SET department_id = 1",
    # By a key, and through two tables.
    "CREATE TABLE ways.projects (id int PRIMARY KEY)",
    "CREATE TABLE ways.sites (id int PRIMARY KEY, main int CONSTRAINT main_project "
    "REFERENCES ways.projects)",
    "CREATE TABLE ways.jobs (site_id int REFERENCES ways.sites, project_id int "
    "REFERENCES ways.projects, PRIMARY KEY (site_id, project_id))",
    "CREATE TABLE ways.old_jobs (site_id int REFERENCES ways.sites, project_id int "
    "REFERENCES ways.projects, PRIMARY KEY (site_id, project_id))",
    "INSERT INTO ways.projects VALUES (1), (2), (3)",
    "INSERT INTO ways.sites VALUES (1, 1)",
    "INSERT INTO ways.jobs VALUES (1, 2)",
    "INSERT INTO ways.old_jobs VALUES (1, 2), (1, 3)",
    # Two keys, each to one and from one.
    "CREATE TABLE ways.seconds (id int PRIMARY KEY)",
    "CREATE TABLE ways.firsts (id int PRIMARY KEY, one int UNIQUE REFERENCES ways.seconds, "
    "other int UNIQUE REFERENCES ways.seconds)",
    "INSERT INTO ways.seconds VALUES (1), (2)",
    "INSERT INTO ways.firsts VALUES (1, 1, 2)",
    # Through one table in four ways.
    "CREATE TABLE ways.left_ (id int PRIMARY KEY)",
    "CREATE TABLE ways.right_ (id int PRIMARY KEY)",
    "CREATE TABLE ways.between (l1 int REFERENCES ways.left_, l2 int REFERENCES ways.left_, "
    "r1 int REFERENCES ways.right_, r2 int REFERENCES ways.right_, PRIMARY KEY (l1, l2, r1, r2))",
    "INSERT INTO ways.left_ VALUES (1), (2)",
    "INSERT INTO ways.right_ VALUES (1), (2)",
    "INSERT INTO ways.between VALUES (1, 2, 1, 2)",
    # A unique index is no constraint, and a key that is unique itself makes no association.
    "CREATE TABLE ways.badges (id int PRIMARY KEY, holder int REFERENCES ways.people)",
    "CREATE UNIQUE INDEX ON ways.badges (holder)",
    "INSERT INTO ways.badges VALUES (1, 1)",
    "CREATE TABLE ways.lockers (person int UNIQUE REFERENCES ways.people, project int "
    "REFERENCES ways.projects, PRIMARY KEY (person, project))",
]

PARTED = [
    "CREATE TABLE ways.places (id int PRIMARY KEY)",
    "CREATE TABLE ways.events (id int, day int, place int REFERENCES ways.places, "
    "after_id int, after_day int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    "CREATE TABLE ways.events_1 PARTITION OF ways.events FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE ways.events_2 PARTITION OF ways.events FOR VALUES FROM (10) TO (20) "
    "PARTITION BY HASH (id)",
    "CREATE TABLE ways.events_2a PARTITION OF ways.events_2 FOR VALUES WITH (MODULUS 2, "
    "REMAINDER 0)",
    "CREATE TABLE ways.events_2b PARTITION OF ways.events_2 FOR VALUES WITH (MODULUS 2, "
    "REMAINDER 1)",
    "ALTER TABLE ways.events ADD CONSTRAINT after FOREIGN KEY (after_id, after_day) "
    "REFERENCES ways.events",
    "CREATE TABLE ways.visits (id int PRIMARY KEY, event_id int, day int, FOREIGN KEY "
    "(event_id, day) REFERENCES ways.events)",
    "INSERT INTO ways.places VALUES (1), (2)",
    "INSERT INTO ways.events VALUES (1, 5, 1, NULL, NULL), (2, 15, 1, NULL, NULL), "
    "(3, 15, 2, 1, 5)",
    "INSERT INTO ways.visits VALUES (1, 1, 5), (2, 2, 15), (3, 2, 15)",
    # Inheritance: each is a table of its own, and keys are not inherited.
    "CREATE TABLE ways.cities (id int PRIMARY KEY, place int REFERENCES ways.places)",
    "CREATE TABLE ways.capitals (state int REFERENCES ways.places) INHERITS (ways.cities)",
    "INSERT INTO ways.cities VALUES (1, 1)",
    "INSERT INTO ways.capitals VALUES (2, 1, 2)",
]

ELSEWHERE = [
    "CREATE TABLE far.stars (id int PRIMARY KEY)",
    "CREATE TABLE far.places (id int PRIMARY KEY)",
    "CREATE TABLE ways.trips (id int PRIMARY KEY, star int REFERENCES far.stars, "
    "near int REFERENCES ways.places, away int REFERENCES far.places)",
    "INSERT INTO far.stars VALUES (1)",
    "INSERT INTO far.places VALUES (1), (2)",
    "INSERT INTO ways.trips VALUES (1, 1, 1, 2)",
    # Nobody serves what is in between.
    "CREATE SCHEMA private",
    "CREATE TABLE private.links (place int REFERENCES ways.places, star int "
    "REFERENCES far.stars, PRIMARY KEY (place, star))",
    "CREATE TABLE ways.notes (id int PRIMARY KEY, place int, star int, "
    "FOREIGN KEY (place, star) REFERENCES private.links)",
]

# A range, since not every server compares numbers in such a key.
PERIODS = [
    "CREATE TABLE ways.rates (id int4range, valid daterange, "
    "PRIMARY KEY (id, valid WITHOUT OVERLAPS))",
    "CREATE TABLE ways.loans (id int PRIMARY KEY, rate int4range, during daterange, "
    "CONSTRAINT rated FOREIGN KEY (rate, PERIOD during) REFERENCES ways.rates (id, PERIOD valid))",
    "CREATE VIEW ways.lent AS SELECT * FROM ways.loans",
    "INSERT INTO ways.rates VALUES ('[1,2)', '[2026-01-01,2027-01-01)')",
    "INSERT INTO ways.loans VALUES (1, '[1,2)', '[2026-03-01,2026-04-01)')",
]

# No wrapper is there on every server that can do more than be there.
FOREIGN = [
    "CREATE FOREIGN DATA WRAPPER nothing",
    "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
    "CREATE FOREIGN TABLE ways.abroad (id int NOT NULL, name text) SERVER nowhere",
    "COMMENT ON FOREIGN TABLE ways.abroad IS 'Not here.'",
]

TABLES = [
    "CREATE SCHEMA ways",
    "CREATE SCHEMA far",
    *TO_ITSELF,
    *SEVERAL,
    *PARTED,
    *ELSEWHERE,
    *PERIODS,
    *FOREIGN,
]
