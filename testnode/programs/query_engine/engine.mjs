/** Prisma's query engine as WebAssembly, reaching PostgreSQL through Prisma's own adapter for `pg`. */
import fs from "node:fs";
import { createRequire } from "node:module";

import { PrismaPg } from "@prisma/adapter-pg";
import { bindAdapter } from "@prisma/driver-adapter-utils";
import pg from "pg";

const require = createRequire(import.meta.url);
const GLUE = "@prisma/client/runtime/query_engine_bg.postgresql.js";
const BINARY = "@prisma/client/runtime/query_engine_bg.postgresql.wasm";

// What libpq's form of a URL and Prisma's have in common; `pg` refuses some of the others.
const SHARED_PARAMETERS = new Set(["sslmode", "host"]);
const DEFAULT_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const NO_SPAN = "{}"; // the engine's calls take a tracing context

/**
 * Connect to the database.
 *
 * @param {import("./datamodel.mjs").Datamodel} schema
 * @param {string} url as in Prisma's data source
 */
export async function openEngine(schema, url) {
  const engine = new (loadModule().QueryEngine)(
    {
      datamodel: schema.text,
      logLevel: "error",
      logQueries: false,
      engineProtocol: "json",
      enableTracing: false,
      ignoreEnvVarErrors: true,
      overrideDatasources: {},
      env: { DATABASE_URL: url },
      configDir: ".",
    },
    () => {}, // the engine's log: its errors are also in its answers
    bindAdapter(new PrismaPg(openPool(url))),
  );
  await engine.connect(NO_SPAN);
  const ask = async (promise) => JSON.parse((await promise) ?? "null") ?? {};
  return {
    /** `host:port` of the database, for messages. */
    host: new URL(url).host,
    query: (request, transaction) => ask(engine.query(JSON.stringify(request), NO_SPAN, transaction)),
    start: (limits) => ask(engine.startTransaction(JSON.stringify(limits), NO_SPAN)),
    end: (id, how) =>
      ask(how === "commit" ? engine.commitTransaction(id, NO_SPAN) : engine.rollbackTransaction(id, NO_SPAN)),
  };
}

function loadModule() {
  const glue = require(GLUE);
  const wasm = new WebAssembly.Module(fs.readFileSync(require.resolve(BINARY)));
  const { exports } = new WebAssembly.Instance(wasm, { "./query_engine_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start?.();
  return glue;
}

/** Make the connections; none is opened before it is needed. */
export function openPool(text) {
  const url = new URL(text);
  const connections = Number(url.searchParams.get("connection_limit") ?? DEFAULT_CONNECTIONS);
  for (const name of [...url.searchParams.keys()]) {
    if (!SHARED_PARAMETERS.has(name)) url.searchParams.delete(name);
  }
  const pool = new pg.Pool({
    connectionString: url.toString(),
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that the database closed must not end the process, idle or taken for a transaction; another is opened.
  const told = (error) => console.error(`query engine: ${error.message}`);
  pool.on("error", told);
  pool.on("connect", (client) => client.on("error", told));
  return pool;
}
