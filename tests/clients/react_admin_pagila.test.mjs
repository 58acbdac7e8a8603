// npm @raphiniert/ra-data-postgrest on a Pagila that no model describes: keys of other names and of
// two columns, an enum, a domain, tsvector, views, a table in partitions.

import assert from "node:assert/strict";
import { test } from "node:test";

import postgrest from "@raphiniert/ra-data-postgrest";
import { fetchUtils } from "ra-core";

const { API_URL: apiUrl, API_TOKEN: token } = process.env;

const user = { authenticated: true, token: `Bearer ${token}` };
const provider = postgrest.default({
  apiUrl,
  httpClient: (url, options) => fetchUtils.fetchJson(url, { ...options, user }),
  defaultListOp: "eq",
  primaryKeys: new Map([
    ...["film", "actor", "customer", "rental", "address"].map((name) => [name, [`${name}_id`]]),
    ["film_actor", ["actor_id", "film_id"]],
    ["film_list", ["fid"]],
    ["payment", ["payment_date", "payment_id"]],
  ]),
  schema: () => "pagila",
});

const pagination = { page: 1, perPage: 10 };
const all = { pagination, sort: { field: "id", order: "ASC" }, filter: {} };
const titles = ({ data }) => data.map((row) => row.title);

const filters = {
  "an enum": [{ rating: "PG" }, ["ACADEMY DINOSAUR"]],
  "a domain": [{ release_year: 2006, "length@lt": 50 }, ["ACE GOLDFINGER"]],
  "a search in a tsvector": [{ "fulltext@fts": "epic" }, ["ACADEMY DINOSAUR"]],
  "an array": [{ "special_features@cs": "{Trailers}" }, ["ACE GOLDFINGER"]],
  "a text with a comma and brackets": [
    { title: "ADAPTATION, HOLES (II)" },
    ["ADAPTATION, HOLES (II)"],
  ],
  "a null": [{ "rental_rate@gt": 1, "length@is": "null" }, ["ADAPTATION, HOLES (II)"]],
};

for (const [name, [filter, found]] of Object.entries(filters)) {
  test(`getList filters by ${name}`, async () => {
    assert.deepEqual(titles(await provider.getList("film", { ...all, filter })), found);
  });
}

test("getList pages through a view", async () => {
  const page = (page) => ({ ...all, pagination: { page, perPage: 2 } });
  const first = await provider.getList("film_list", page(1));
  assert.deepEqual([titles(first), first.total], [["ACADEMY DINOSAUR", "ACE GOLDFINGER"], 3]);
  const last = await provider.getList("film_list", page(2));
  assert.deepEqual(last.data, [
    {
      id: 3,
      fid: 3,
      title: "ADAPTATION, HOLES (II)",
      category: "Documentary",
      price: 4.99,
      rating: "NC-17",
    },
  ]);
});

test("getList embeds what keys and association tables lead to", async () => {
  const meta = { columns: ["film_id", "title"], embed: ["actor", "inventory"] };
  const { data } = await provider.getList("film", { ...all, filter: { film_id: 2 }, meta });
  assert.deepEqual(
    data[0].actor.map((actor) => actor.last_name),
    ["WAHLBERG"],
  );
  assert.equal(data[0].inventory.length, 1);
});

test("getList reads a table in partitions, by its key of two columns", async () => {
  const sort = { field: "payment_date", order: "DESC" };
  const { data, total } = await provider.getList("payment", { ...all, sort });
  assert.deepEqual([data.map((row) => row.amount), total], [[5.99, 0.99, 2.99], 3]);
  const one = await provider.getOne("payment", { id: data[1].id });
  assert.deepEqual(one.data, data[1]);
  const many = await provider.getMany("payment", { ids: data.map((row) => row.id) });
  assert.equal(many.data.length, 3);
});

test("getManyReference gives the rentals of a customer", async () => {
  const target = { ...all, target: "customer_id", id: 1 };
  const { data, total } = await provider.getManyReference("rental", target);
  assert.deepEqual([data.map((row) => row.rental_id), total], [[1], 1]);
});

test("a film is created, updated and deleted, whatever its columns are", async () => {
  const film = { title: "AGENT TRUMAN", language_id: 1, release_year: 2006, rating: "PG-13" };
  const { data } = await provider.create("film", { data: film });
  assert.deepEqual([data.id, data.fulltext], [data.film_id, "'agent':1 'truman':2"]);
  // A form sends back all that it was given.
  const changed = { ...data, special_features: ["Commentaries"], rating: "R" };
  const update = { id: data.id, data: changed, previousData: data };
  const updated = await provider.update("film", update);
  assert.deepEqual(updated.data, changed);
  const { data: deleted } = await provider.delete("film", { id: data.id, previousData: changed });
  assert.equal(deleted.title, "AGENT TRUMAN");
});

test("an address with a point is written back", async () => {
  const { data } = await provider.getOne("address", { id: 1 });
  assert.equal(data.place, "(1,2)");
  const there = { ...data, place: "(3,4)" };
  const moved = await provider.update("address", { id: 1, data: there, previousData: data });
  assert.equal(moved.data.place, "(3,4)");
  await provider.update("address", { id: 1, data, previousData: there });
});

test("a row of an association table is created and deleted", async () => {
  const { data } = await provider.create("film_actor", { data: { actor_id: 3, film_id: 1 } });
  assert.equal(data.id, "[3,1]");
  const { data: deleted } = await provider.delete("film_actor", { id: data.id });
  assert.deepEqual(deleted, data);
});
