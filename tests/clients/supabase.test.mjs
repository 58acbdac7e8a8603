// npm @supabase/supabase-js: its `from`, at the path that it expects, with the tables of a Pagila.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createClient } from "@supabase/supabase-js";

const { SUPABASE_URL: url, API_TOKEN: token } = process.env;
// It takes a WebSocket for its other half, which Node has since version 22.
const supabase = createClient(url, token, {
  auth: { persistSession: false, autoRefreshToken: false },
  db: { schema: "pagila" },
  realtime: { transport: class {} },
});

/** What a query gives, which must not be an error. */
async function data(query) {
  return (await query.throwOnError()).data;
}

test("rows are read, with what they lead to", async () => {
  const query = supabase
    .from("film")
    .select("title, release_year, rating, actor(first_name), language!film_language_id_fkey(name)")
    .in("rating", ["PG", "NC-17"])
    .order("title")
    .limit(1);
  assert.deepEqual(await data(query), [
    {
      title: "ACADEMY DINOSAUR",
      release_year: 2006,
      rating: "PG",
      actor: [{ first_name: "PENELOPE" }, { first_name: "NICK" }],
      language: { name: "English             " },
    },
  ]);
});

test("a status has the words that it has everywhere", async () => {
  const created = await supabase.from("actor").insert({ first_name: "ANN", last_name: "ROE" });
  assert.deepEqual([created.status, created.statusText], [201, "Created"]);
  const deleted = await supabase.from("actor").delete().eq("last_name", "ROE");
  assert.deepEqual([deleted.status, deleted.statusText], [204, "No Content"]);
  const absent = await supabase.from("actors").select();
  assert.deepEqual([absent.status, absent.statusText, absent.error.code], [404, "Not Found", "PGRST205"]);
});

test("texts are searched, arrays and ranges compared", async () => {
  const titles = async (query) => (await data(query)).map((row) => row.title);
  const films = () => supabase.from("film").select("title");
  assert.deepEqual(await titles(films().textSearch("fulltext", "epic & drama")), ["ACADEMY DINOSAUR"]);
  assert.deepEqual(await titles(films().contains("special_features", ["Trailers"])), ["ACE GOLDFINGER"]);
  assert.deepEqual(await titles(films().eq("title", "ADAPTATION, HOLES (II)")), ["ADAPTATION, HOLES (II)"]);
  const rentals = supabase.from("rental").select("rental_id");
  const during = "[2022-01-25,2022-01-26)";
  assert.deepEqual(await data(rentals.overlaps("rental_period", during)), [{ rental_id: 1 }]);
});

test("a page is counted", async () => {
  const { data, count, status } = await supabase
    .from("film_list")
    .select("*", { count: "exact" })
    .range(1, 1)
    .order("fid");
  assert.deepEqual([data[0].title, count, status], ["ACE GOLDFINGER", 3, 206]);
  const head = await supabase.from("payment").select("*", { count: "exact", head: true });
  assert.deepEqual([head.count, head.data], [3, null]);
});

test("payments are read from all partitions", async () => {
  const query = supabase.from("payment").select("amount, customer(last_name)").order("amount");
  assert.deepEqual(await data(query), [
    { amount: 0.99, customer: { last_name: "JOHNSON" } },
    { amount: 2.99, customer: { last_name: "SMITH" } },
    { amount: 5.99, customer: { last_name: "SMITH" } },
  ]);
});

test("a row of many types is written, changed and deleted", async () => {
  const film = {
    title: "AFFAIR, PREJUDICE",
    language_id: 2,
    release_year: 1999,
    rating: "PG-13",
    special_features: ["A, b", "c"],
  };
  const created = await data(supabase.from("film").insert(film).select().single());
  assert.deepEqual({ ...created, ...film }, created);
  assert.equal(created.fulltext, "'affair':1 'prejudic':2");
  const change = { rental_rate: 0.99, rating: null };
  const found = () => supabase.from("film").update(change).eq("film_id", created.film_id);
  const updated = await data(found().select("rental_rate, rating").single());
  assert.deepEqual(updated, change);
  const wrong = await supabase.from("film").insert({ ...film, release_year: 1900 });
  assert.deepEqual([wrong.status, wrong.error.code], [400, "23514"]);
  const address = { address: "1 Elm", district: "x", place: "(1,-2.5)" };
  const moved = await data(supabase.from("address").insert(address).select("place, address_id"));
  assert.equal(moved[0].place, address.place);
  await data(supabase.from("address").delete().eq("address_id", moved[0].address_id));
  await data(supabase.from("film").delete().eq("film_id", created.film_id));
});

test("a row is upserted by its key of two columns", async () => {
  const row = { film_id: 3, category_id: 2 };
  const upsert = () => supabase.from("film_category").upsert(row).select("film_id, category_id");
  assert.deepEqual(await data(upsert()), [row]);
  assert.equal((await upsert()).status, 200);
  await data(supabase.from("film_category").delete().match(row));
});
