// npm @supabase/postgrest-js, method by method.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PostgrestClient } from "@supabase/postgrest-js";

const { API_URL: url, API_TOKEN: token } = process.env;
const api = new PostgrestClient(url);
const library = api.schema("library");
const headers = { Authorization: `Bearer ${token}` };
const writer = new PostgrestClient(url, { headers });
const librarian = new PostgrestClient(url, { headers, schema: "library" });

/** What a query gives, which must not be an error. */
async function data(query) {
  return (await query.throwOnError()).data;
}

async function column(name, query) {
  return (await data(query)).map((row) => row[name]);
}

const names = (query) => column("name", query);

// -- what is selected

test("a select gives every column", async () => {
  const [amy] = await data(api.from("persons").select().eq("name", "Amy"));
  assert.equal(amy.id, 1);
  assert.equal(amy.email, "amy@example.com");
  assert.deepEqual(amy.tags, ["founder", "chemist"]);
});

test("a select renames, casts and reaches into JSON", async () => {
  const query = api.from("persons").select("full: name, id::text, profile->>city, tags->0");
  assert.deepEqual(await data(query.eq("id", 1)), [
    { full: "Amy", id: "1", city: "Lisbon", tags: "founder" },
  ]);
});

test("a select embeds in every direction", async () => {
  const query = api.from("persons").select(`
    name,
    manager:manager_id (name),
    orders (amount),
    projects (name)
  `);
  assert.deepEqual(await data(query.eq("name", "Deniz")), [
    {
      name: "Deniz",
      manager: { name: "Ben" },
      orders: [{ amount: 12 }, { amount: 75.4 }],
      projects: [{ name: "Alembic still" }, { name: "Funnel" }],
    },
  ]);
});

test("an embed is spread", async () => {
  const query = api.from("orders").select("id, ...persons(name)").eq("id", 2);
  assert.deepEqual(await data(query), [{ id: 2, name: "Ben" }]);
});

test("an embed is filtered, ordered and limited", async () => {
  const query = api
    .from("persons")
    .select("name, orders(amount)")
    .in("name", ["Amy", "Deniz"])
    .gt("orders.amount", 13)
    .order("name")
    .order("amount", { referencedTable: "orders", ascending: false })
    .limit(1, { referencedTable: "orders" });
  assert.deepEqual(await data(query), [
    { name: "Amy", orders: [{ amount: 129 }] },
    { name: "Deniz", orders: [{ amount: 75.4 }] },
  ]);
});

test("an embed has a range and an or of its own", async () => {
  const query = () => api.from("persons").select("orders(status)").eq("name", "Amy");
  const orders = { referencedTable: "orders" };
  assert.deepEqual(await data(query().order("id", orders).range(1, 5, orders)), [
    { orders: [{ status: "paid" }] },
  ]);
  assert.deepEqual(await data(query().or("status.eq.shipped,amount.lt.1", orders)), [
    { orders: [{ status: "shipped" }] },
  ]);
});

test("an inner embed leaves out who has none", async () => {
  const query = () => api.from("persons").select("name, orders!inner(id)").order("id");
  assert.deepEqual(await names(query()), ["Amy", "Ben", "Chloé", "Deniz", "Freya"]);
  assert.deepEqual(await names(query().eq("orders.status", "pending")), ["Deniz"]);
});

test("an embed is there or not", async () => {
  const query = () => api.from("persons").select("name, orders()").order("id");
  assert.deepEqual(await names(query().is("orders", null)), ["Emeka"]);
  assert.equal((await names(query().not("orders", "is", null))).length, 5);
});

test("a schema without models is embedded by its keys", async () => {
  const query = library.from("books").select("title, shelves(label)").eq("id", 2);
  assert.deepEqual(await data(query), [
    { title: "The quick brown fox", shelves: { label: "plays" } },
  ]);
});

test("rows are summed up by group", async () => {
  const query = api.from("orders").select("status, amount.sum(), count()").eq("status", "pending");
  assert.deepEqual(await data(query), [{ status: "pending", sum: 87.4, count: 2 }]);
});

// -- filters

const persons = {
  eq: [(query) => query.eq("name", "Chloé"), ["Chloé"]],
  neq: [(query) => query.neq("manager_id", 1), ["Deniz", "Emeka", "Freya"]],
  gt: [(query) => query.gt("id", 5), ["Freya"]],
  gte: [(query) => query.gte("id", 5), ["Emeka", "Freya"]],
  lt: [(query) => query.lt("id", 2), ["Amy"]],
  lte: [(query) => query.lte("id", 2), ["Amy", "Ben"]],
  "two on one column": [(query) => query.gte("id", 2).lt("id", 4), ["Ben", "Chloé"]],
  match: [(query) => query.match({ id: 2, name: "Ben" }), ["Ben"]],
  filter: [(query) => query.filter("id", "in", '("1",3)'), ["Amy", "Chloé"]],
  "like %": [(query) => query.like("name", "%e%"), ["Ben", "Deniz", "Emeka", "Freya"]],
  "like *": [(query) => query.like("name", "E*"), ["Emeka"]],
  ilike: [(query) => query.ilike("name", "%E%a"), ["Emeka", "Freya"]],
  likeAllOf: [(query) => query.likeAllOf("name", ["%e%", "%a"]), ["Emeka", "Freya"]],
  likeAnyOf: [(query) => query.likeAnyOf("name", ["A%", "B%"]), ["Amy", "Ben"]],
  ilikeAllOf: [(query) => query.ilikeAllOf("name", ["E%", "%A"]), ["Emeka"]],
  ilikeAnyOf: [(query) => query.ilikeAnyOf("name", ["a%", "b%"]), ["Amy", "Ben"]],
  regexMatch: [(query) => query.regexMatch("name", "^[AB]"), ["Amy", "Ben"]],
  regexIMatch: [(query) => query.regexIMatch("name", "^[ab]"), ["Amy", "Ben"]],
  is: [(query) => query.is("email", null), ["Freya"]],
  isDistinct: [(query) => query.isDistinct("manager_id", 1), ["Amy", "Deniz", "Emeka", "Freya"]],
  in: [(query) => query.in("id", [1, 3]), ["Amy", "Chloé"]],
  "in nothing": [(query) => query.in("id", []), []],
  notIn: [(query) => query.notIn("id", [1, 2, 3, 4]), ["Emeka", "Freya"]],
  "not in": [(query) => query.not("id", "in", "(1,2,3,4)"), ["Emeka", "Freya"]],
  "not is": [(query) => query.not("email", "is", null).gt("id", 4), ["Emeka"]],
  or: [
    (query) => query.or('id.eq.1,and(name.like.*e*,not.email.is.null,id.in.("4",6))'),
    ["Amy", "Deniz"],
  ],
  "contains, an array": [(query) => query.contains("tags", ["remote", "sales"]), ["Freya"]],
  "contains, an object": [(query) => query.contains("profile", { languages: ["de"] }), ["Ben"]],
  "containedBy, an array": [
    (query) => query.containedBy("tags", ["sales", "engineer"]),
    ["Ben", "Chloé"],
  ],
  "containedBy, an object": [
    (query) => query.containedBy("profile", { city: "Lagos", x: 1 }),
    ["Emeka", "Freya"],
  ],
  "overlaps, an array": [
    (query) => query.overlaps("tags", ["founder", "on call"]),
    ["Amy", "Emeka"],
  ],
  "a place in JSON": [(query) => query.eq("profile->languages->>0", "tr"), ["Deniz"]],
};

for (const [name, [apply, found]] of Object.entries(persons)) {
  test(`a filter finds: ${name}`, async () => {
    assert.deepEqual(await names(apply(api.from("persons").select("name").order("id"))), found);
  });
}

const [quoted, fox, dog] = ['A, or "B"', "The quick brown fox", "The lazy dog"];
const books = {
  "in, with a comma and quotes": [(query) => query.in("title", [dog, 'x"x', "a,b"]), [dog]],
  "like, as it is": [(query) => query.like("title", '%, or "B"'), [quoted]],
  "is true": [(query) => query.is("lent", true), [quoted]],
  "is false": [(query) => query.is("lent", false), [fox]],
  textSearch: [(query) => query.textSearch("title", "fox & !dog"), [fox]],
  "textSearch, plain": [
    (query) => query.textSearch("title", "lazy dogs", { type: "plain", config: "english" }),
    [dog],
  ],
  "textSearch, phrase": [
    (query) => query.textSearch("title", "brown fox", { type: "phrase" }),
    [fox],
  ],
  "textSearch, websearch": [
    (query) =>
      query.textSearch("title", '"lazy dog" or foxes', { type: "websearch", config: "english" }),
    [fox, dog],
  ],
  "contains, a range": [(query) => query.contains("pages", "[60,70)"), [fox]],
  "containedBy, a range": [(query) => query.containedBy("pages", "[1,100)"), [quoted, fox]],
  "overlaps, a range": [(query) => query.overlaps("pages", "[49,51)"), [quoted, fox]],
  rangeGt: [(query) => query.rangeGt("pages", "[1,50)"), [fox, dog]],
  rangeGte: [(query) => query.rangeGte("pages", "[98,99)"), [dog]],
  rangeLt: [(query) => query.rangeLt("pages", "[99,200)"), [quoted]],
  rangeLte: [(query) => query.rangeLte("pages", "[5,100)"), [quoted, fox]],
  rangeAdjacent: [(query) => query.rangeAdjacent("pages", "[50,100)"), [quoted, dog]],
};

for (const [name, [apply, found]] of Object.entries(books)) {
  test(`a filter finds books: ${name}`, async () => {
    const query = apply(library.from("books").select("title").order("id"));
    assert.deepEqual(await column("title", query), found);
  });
}

// -- order, pages, forms

test("rows are ordered", async () => {
  const query = () => api.from("persons").select("name");
  const down = { ascending: false };
  assert.deepEqual(
    await names(query().order("manager_id", { ...down, nullsFirst: true }).order("name")),
    ["Amy", "Freya", "Deniz", "Emeka", "Ben", "Chloé"],
  );
  assert.equal((await names(query().order("email", { nullsFirst: false }))).at(-1), "Freya");
  assert.equal((await names(query().order("email", down)))[0], "Freya");
  const orders = api.from("orders").select("id, persons(name)").order("persons(name)", down);
  assert.equal((await data(orders))[0].id, 6);
});

test("a page is a limit and an offset", async () => {
  const query = () => api.from("persons").select("name").order("id");
  assert.deepEqual(await names(query().limit(2)), ["Amy", "Ben"]);
  assert.deepEqual(await names(query().range(1, 2)), ["Ben", "Chloé"]);
  assert.deepEqual(await names(query().range(6, 9)), []);
});

test("single takes one row only", async () => {
  const query = () => api.from("persons").select("name");
  assert.deepEqual(await data(query().eq("id", 1).single()), { name: "Amy" });
  for (const rows of [0, 3]) {
    const { error, status } = await query().lte("id", rows).single();
    assert.equal(status, 406);
    assert.deepEqual(error, {
      code: "PGRST116",
      message: "Cannot coerce the result to a single JSON object",
      details: `The result contains ${rows} rows`,
      hint: null,
    });
  }
});

test("maybeSingle takes none too", async () => {
  const query = () => api.from("persons").select("name");
  assert.deepEqual(await data(query().eq("id", 1).maybeSingle()), { name: "Amy" });
  assert.equal(await data(query().eq("id", 0).maybeSingle()), null);
  assert.equal((await query().maybeSingle()).error.code, "PGRST116");
});

test("CSV is text", async () => {
  const query = library.from("books").select("id, title, lent").order("id").csv();
  assert.equal(
    await data(query),
    'id,title,lent\n1,"A, or ""B""",true\n2,The quick brown fox,false\n3,The lazy dog,',
  );
});

test("nulls are stripped", async () => {
  const query = () => api.from("persons").select("name, email").gte("id", 5).order("id");
  assert.deepEqual(await data(query().stripNulls()), [
    { name: "Emeka", email: "emeka@example.com" },
    { name: "Freya" },
  ]);
  assert.deepEqual(await data(query().eq("id", 6).stripNulls().single()), { name: "Freya" });
});

for (const head of [false, true]) {
  test(`rows are counted, ${head ? "and not sent" : "and sent"}`, async () => {
    const query = (count) => api.from("persons").select("name", { count, head });
    const exact = await query("exact").limit(2);
    assert.deepEqual([exact.count, exact.status], [6, 206]);
    assert.equal(exact.data?.length, head ? undefined : 2);
    assert.equal((await query("estimated").gt("id", 4)).count, 2);
    assert.ok((await query("planned").limit(1)).count > 1);
    assert.equal((await query("exact").eq("id", 0)).count, 0);
    assert.deepEqual([(await query()).count, (await query()).status], [null, 200]);
  });
}

// -- writes

test("rows are inserted, changed and deleted", async () => {
  const projects = () => writer.from("projects");
  const inserted = await projects().insert({ name: "Crucible" });
  assert.deepEqual([inserted.status, inserted.data, inserted.error], [201, null, null]);
  const changed = await projects().update({ name: "Crucibles" }).eq("name", "Crucible");
  assert.deepEqual([changed.status, changed.data, changed.error], [204, null, null]);
  const deleted = await projects().delete().eq("name", "Crucibles");
  assert.deepEqual([deleted.status, deleted.data, deleted.error], [204, null, null]);
  assert.equal((await data(projects().select())).length, 3);
});

test("a write gives back what is selected", async () => {
  const gita = await writer
    .from("persons")
    .insert({ name: "Gita", manager_id: 1 })
    .select("name, tags, manager:manager_id(name)")
    .rollback();
  assert.equal(gita.status, 201);
  assert.deepEqual(gita.data, [{ name: "Gita", tags: [], manager: { name: "Amy" } }]);
  const orders = await writer
    .from("orders")
    .update({ status: "paid" }, { count: "exact" })
    .eq("status", "pending")
    .select("id, status, persons(name)")
    .order("id", { ascending: false })
    .rollback();
  assert.deepEqual([orders.status, orders.count], [200, 2]);
  assert.deepEqual(orders.data, [
    { id: 7, status: "paid", persons: { name: "Deniz" } },
    { id: 5, status: "paid", persons: { name: "Deniz" } },
  ]);
  const last = await writer
    .from("orders")
    .delete({ count: "exact" })
    .eq("id", 7)
    .select("amount")
    .rollback()
    .single();
  assert.deepEqual([last.status, last.count, last.data], [200, 1, { amount: 75.4 }]);
});

test("what is rolled back has not happened", async () => {
  const query = writer.from("persons").delete().gt("id", 0).rollback();
  assert.equal((await query).status, 204);
  assert.equal((await data(api.from("persons").select())).length, 6);
});

test("many rows are inserted", async () => {
  const rows = [{ name: "Gita", email: "g@example.com" }, { name: "Hal" }];
  const found = await writer
    .from("persons")
    .insert(rows, { count: "exact" })
    .select("name, email")
    .rollback();
  assert.deepEqual([found.status, found.count], [201, 2]);
  assert.deepEqual(found.data, [rows[0], { name: "Hal", email: null }]);
  assert.equal((await writer.from("persons").insert([])).status, 201);
});

test("what a row lacks is null, or the default", async () => {
  const rows = [{ name: "Gita", tags: ["new"] }, { name: "Hal" }];
  const refused = await writer.from("persons").insert(rows).rollback();
  assert.equal(refused.error.code, "23502");
  const query = writer.from("persons").insert(rows, { defaultToNull: false });
  assert.deepEqual(await column("tags", query.select("tags").rollback()), [["new"], []]);
});

test("an upsert merges or leaves alone", async () => {
  const projects = () => writer.from("projects");
  const rows = [
    { id: 1, name: "Alembic" },
    { id: 9, name: "Crucible" },
  ];
  const merged = await projects().upsert(rows, { count: "exact" }).select().rollback();
  assert.deepEqual([merged.status, merged.count, merged.data], [201, 2, rows]);
  assert.equal((await projects().upsert(rows[0]).rollback()).status, 200);
  const query = projects().upsert([{ name: "Funnel" }, { name: "Crucible" }], {
    onConflict: "name",
    ignoreDuplicates: true,
    defaultToNull: false,
  });
  assert.deepEqual(await names(query.select().rollback()), ["Crucible"]);
});

test("a write affects as many rows as allowed", async () => {
  const orders = () => writer.from("orders");
  for (const query of [
    orders().update({ amount: 1 }).gt("id", 0).maxAffected(6),
    orders().delete().gt("id", 0).maxAffected(6),
  ]) {
    const { error, status } = await query;
    assert.deepEqual([status, error.code, error.details], [
      400,
      "PGRST124",
      "The query affects 7 rows",
    ]);
  }
  assert.equal((await orders().delete().gt("id", 0).maxAffected(7).rollback()).status, 204);
});

test("a singular write of two rows is undone", async () => {
  const query = writer.from("projects").delete().gt("id", 1).select().single();
  const { error, status } = await query;
  assert.deepEqual([status, error.code], [406, "PGRST116"]);
  assert.equal((await data(api.from("projects").select())).length, 3);
});

test("a schema without models is written", async () => {
  const shelf = { room: "north", number: 1, label: "maps" };
  const shelves = () => librarian.from("shelves");
  assert.deepEqual(await data(shelves().insert(shelf).select()), [shelf]);
  assert.equal((await shelves().upsert([{ ...shelf, label: null }])).status, 200);
  const key = { room: "north", number: 1 };
  assert.deepEqual(await data(shelves().delete().match(key).select().single()), {
    ...shelf,
    label: null,
  });
  const { error, status } = await librarian.from("titles").insert({ title: "New" });
  assert.deepEqual([status, error.message], [405, "titles can only be read"]);
});

// -- errors

const errors = {
  "no such table": [
    () => api.from("person").select(),
    404,
    {
      code: "PGRST205",
      message: "Could not find the table 'public.person' in the schema cache",
      details: null,
      hint: "Perhaps you meant the table 'public.persons'",
    },
  ],
  "no such schema": [
    () => api.schema("secret").from("persons").select(),
    406,
    {
      code: "PGRST106",
      message: "Invalid schema: secret",
      details: null,
      hint: "Only the following schemas are exposed: public, library, pagila",
    },
  ],
  "not a number": [
    () => api.from("persons").select().eq("id", "x"),
    400,
    {
      code: "22P02",
      message: 'invalid input syntax for type bigint: "x"',
      details: null,
      hint: null,
    },
  ],
  "no token": [
    () => api.from("projects").insert({ name: "x" }),
    401,
    {
      code: "42501",
      message: "permission denied for table projects",
      details: null,
      hint: "Send a token: Authorization: Bearer …",
    },
  ],
  "a conflict": [
    () => writer.from("projects").insert({ name: "Funnel" }),
    409,
    {
      code: "23505",
      message: 'duplicate key value violates unique constraint "projects_name_key"',
      details: "Key (name)=(Funnel) already exists.",
      hint: null,
    },
  ],
  "a page past the end": [
    () => api.from("persons").select("*", { count: "exact" }).range(7, 9),
    416,
    {
      code: "PGRST103",
      message: "Requested range not satisfiable",
      details: "An offset of 7 was requested, but there are only 6 rows.",
      hint: null,
    },
  ],
};

for (const [name, [build, status, error]] of Object.entries(errors)) {
  test(`an error says what is wrong: ${name}`, async () => {
    const found = await build();
    assert.deepEqual([found.status, found.error, found.data], [status, error, null]);
  });
}

test("an error is thrown where that is asked for", async () => {
  await assert.rejects(data(api.from("person").select()), { code: "PGRST205" });
});

test("an embed of two meanings lists them", async () => {
  const library = api.schema("library");
  const { error, status } = await library.from("translations").select("languages(name)");
  assert.deepEqual([status, error.code, error.details.length], [300, "PGRST201", 2]);
});
