// npm @raphiniert/ra-data-postgrest: the nine methods of react-admin's data provider, on a
// table with an id, on one with a compound key, and on another whose key has another name.

import assert from "node:assert/strict";
import { test } from "node:test";

import postgrest from "@raphiniert/ra-data-postgrest";
import { fetchUtils } from "ra-core";

const { API_URL: apiUrl, API_TOKEN: token } = process.env;

const user = { authenticated: true, token: `Bearer ${token}` };
const config = {
  apiUrl,
  httpClient: (url, options) => fetchUtils.fetchJson(url, { ...options, user }),
  defaultListOp: "eq",
  primaryKeys: new Map([
    ["shelves", ["room", "number"]],
    ["languages", ["code"]],
  ]),
  schema: postgrest.defaultSchema,
};
const provider = postgrest.default(config);
const library = postgrest.default({ ...config, schema: () => "library" });

const pagination = { page: 1, perPage: 10 };
const sort = { field: "id", order: "ASC" };
const all = { pagination, sort, filter: {} };

const names = ({ data }) => data.map((row) => row.name);
const ids = ({ data }) => data.map((row) => row.id);

// -- getList

test("getList gives a page, and how many rows there are", async () => {
  const first = { ...all, pagination: { page: 1, perPage: 4 } };
  const found = await provider.getList("persons", first);
  assert.deepEqual(names(found), ["Amy", "Ben", "Chloé", "Deniz"]);
  assert.equal(found.total, 6);
  const second = { ...all, pagination: { page: 2, perPage: 4 } };
  assert.deepEqual(names(await provider.getList("persons", second)), ["Emeka", "Freya"]);
});

test("getList of nothing has a total of 0", async () => {
  const found = await provider.getList("persons", { ...all, filter: { name: "Zoe" } });
  assert.deepEqual(found, { data: [], total: 0, meta: undefined });
});

const filters = {
  "an equal": [{ name: "Amy" }, ["Amy"]],
  "two on one column": [{ "id@gte": 2, "id@lt": 4 }, ["Ben", "Chloé"]],
  "two words to search": [{ "name@ilike": "e Z" }, ["Deniz"]],
  "three words to search": [{ "name@ilike": "e Z d" }, ["Deniz"]],
  "an or": [{ "@or": { "name@like": "A", "id@gt": 5 } }, ["Amy", "Freya"]],
  "a list": [{ "id@in": "(1,3)" }, ["Amy", "Chloé"]],
  "a null": [{ "email@is": "null" }, ["Freya"]],
  "a place in JSON": [{ "profile->>city": "Izmir" }, ["Deniz"]],
  "an array": [{ "tags@cs": "{on call}" }, ["Emeka"]],
};

for (const [name, [filter, found]] of Object.entries(filters)) {
  test(`getList filters by ${name}`, async () => {
    assert.deepEqual(names(await provider.getList("persons", { ...all, filter })), found);
  });
}

test("getList sorts", async () => {
  const down = { ...all, sort: { field: "email", order: "DESC" } };
  assert.equal(names(await provider.getList("persons", down))[0], "Freya");
  const last = { ...down, meta: { nullslast: true } };
  assert.equal(names(await provider.getList("persons", last)).at(-1), "Freya");
});

test("getList selects and embeds", async () => {
  const meta = { columns: ["id", "name"], embed: ["orders"] };
  const { data } = await provider.getList("persons", { ...all, filter: { id: 2 }, meta });
  assert.deepEqual(Object.keys(data[0]), ["id", "name", "orders"]);
  assert.equal(data[0].orders[0].amount, 18.5);
});

test("getList prefetches", async () => {
  const meta = { columns: ["id"], prefetch: ["projects"] };
  const found = await provider.getList("persons", { ...all, filter: { "id@lte": 2 }, meta });
  assert.deepEqual(found.data, [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(found.meta.prefetched.projects.map(({ id }) => id).sort(), [1, 2]);
});

test("getList by a compound key", async () => {
  const found = await library.getList("shelves", { ...all, filter: { room: "east" } });
  assert.deepEqual(found.data, [
    { id: '["east",1]', room: "east", number: 1, label: "poems" },
    { id: '["east",2]', room: "east", number: 2, label: "plays" },
  ]);
  assert.equal(found.total, 2);
});

// -- getOne, getMany, getManyReference

test("getOne", async () => {
  const { data } = await provider.getOne("persons", { id: 2 });
  assert.equal(data.name, "Ben");
  const shelf = await library.getOne("shelves", { id: '["east",2]' });
  assert.equal(shelf.data.label, "plays");
});

test("getOne of a row that is not there is an error with status and message", async () => {
  await assert.rejects(provider.getOne("persons", { id: 99 }), {
    name: "HttpError",
    status: 406,
    message: "Cannot coerce the result to a single JSON object",
  });
});

test("getMany", async () => {
  assert.deepEqual(ids(await provider.getMany("persons", { ids: [1, 3, 99] })).sort(), [1, 3]);
  assert.deepEqual(names(await provider.getMany("persons", { ids: [6] })), ["Freya"]);
  const found = await library.getMany("shelves", { ids: ['["east",1]', '["west",1]'] });
  assert.deepEqual(ids(found).sort(), ['["east",1]', '["west",1]']);
});

test("getManyReference", async () => {
  const target = { ...all, target: "person_id", id: 4 };
  const found = await provider.getManyReference("orders", target);
  assert.deepEqual([ids(found), found.total], [[5, 7], 2]);
  const one = { ...target, pagination: { page: 2, perPage: 1 }, filter: { status: "pending" } };
  const page = await provider.getManyReference("orders", one);
  assert.deepEqual([ids(page), page.total], [[7], 2]);
});

// -- create, update, updateMany, delete, deleteMany

test("a row with an id is created, updated and deleted", async () => {
  const { data } = await provider.create("persons", { data: { name: "Gita", tags: ["new"] } });
  assert.deepEqual([data.name, data.tags, data.profile], ["Gita", ["new"], {}]);
  const { id } = data;
  const changed = { ...data, name: "Gitta", profile: { city: "Graz" } };
  const updated = await provider.update("persons", { id, data: changed, previousData: data });
  assert.deepEqual([updated.data.id, updated.data.name, updated.data.profile], [
    id,
    "Gitta",
    { city: "Graz" },
  ]);
  const deleted = await provider.delete("persons", { id, previousData: updated.data });
  assert.equal(deleted.data.name, "Gitta");
  assert.equal((await provider.getList("persons", all)).total, 6);
});

test("rows with ids are updated and deleted together", async () => {
  const rows = await Promise.all(
    ["Crucible", "Flask"].map((name) => provider.create("projects", { data: { name } })),
  );
  const both = rows.map(({ data }) => data.id).sort();
  await assert.rejects(provider.updateMany("projects", { ids: both, data: { name: "" } }), {
    status: 400,
    message: /violates check constraint "projects_name_check"/,
  });
  const orders = { ids: [5, 7], data: { status: "paid" } };
  assert.deepEqual((await provider.updateMany("orders", orders)).data.sort(), [5, 7]);
  const before = { ids: [5, 7], data: { status: "pending" } };
  assert.deepEqual((await provider.updateMany("orders", before)).data.sort(), [5, 7]);
  assert.deepEqual((await provider.deleteMany("projects", { ids: both })).data.sort(), both);
  assert.equal((await provider.getList("projects", all)).total, 3);
});

test("a row with a compound key is created, updated and deleted", async () => {
  const row = { room: "north", number: 1, label: "maps" };
  const { data } = await library.create("shelves", { data: row });
  assert.deepEqual(data, { id: '["north",1]', ...row });
  const { id } = data;
  const changed = { ...data, label: "atlases" };
  const updated = await library.update("shelves", { id, data: changed, previousData: data });
  assert.deepEqual(updated.data, changed);
  const deleted = await library.delete("shelves", { id, previousData: changed });
  assert.deepEqual(deleted.data, changed);
});

test("a key has another name than id", async () => {
  const english = { id: "en", code: "en", name: "English" };
  const { data } = await library.getList("languages", all);
  assert.deepEqual(data, [english, { id: "pt", code: "pt", name: "Português" }]);
  assert.deepEqual((await library.getMany("languages", { ids: ["pt", "en"] })).data.length, 2);
  assert.deepEqual((await library.getOne("languages", { id: "en" })).data, english);
  const row = { code: "x, y", name: "Odd" };
  assert.equal((await library.create("languages", { data: row })).data.id, "x, y");
  const found = await library.update("languages", {
    id: "x, y",
    data: { ...row, name: "Even" },
    previousData: row,
  });
  assert.equal(found.data.name, "Even");
  assert.deepEqual((await library.delete("languages", { id: "x, y" })).data, found.data);
});

test("rows with compound keys are updated and deleted together", async () => {
  for (const number of [1, 2]) {
    await library.create("shelves", { data: { room: "north", number } });
  }
  const both = ['["north",1]', '["north",2]'];
  const updated = await library.updateMany("shelves", { ids: both, data: { label: "maps" } });
  assert.deepEqual(updated.data.sort(), both);
  assert.equal((await library.getOne("shelves", { id: both[1] })).data.label, "maps");
  assert.deepEqual((await library.deleteMany("shelves", { ids: both })).data.sort(), both);
  assert.equal((await library.getList("shelves", all)).total, 3);
});

test("a write without a token is refused", async () => {
  const anonymous = postgrest.default({ ...config, httpClient: fetchUtils.fetchJson });
  await assert.rejects(anonymous.create("projects", { data: { name: "x" } }), { status: 401 });
});
