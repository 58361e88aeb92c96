/**
 * The process that LiteLLM's database client starts in the place of Prisma's native query engine,
 * which no package registry carries: the same engine as WebAssembly (npm, `@prisma/client`) behind
 * the engine's HTTP interface, as prisma-client-py 0.11 uses it.
 *
 * `--version` answers what the client asks first; `-p PORT` serves on localhost.
 */
import http from "node:http";
import { parseArgs } from "node:util";

import { Datamodel } from "./datamodel.mjs";
import { openEngine } from "./engine.mjs";
import { failed, readable } from "./answers.mjs";
import { translate } from "./queries.mjs";

const { values: options } = parseArgs({
  options: { version: { type: "boolean" }, port: { type: "string", short: "p" } },
  strict: false, // the client also switches on what this engine always has, such as raw queries
});

if (options.version) {
  console.log("query-engine 5.17.0, as WebAssembly"); // for logs: an engine named by the environment is taken as it is
  process.exit(0);
}

const schema = Datamodel.read(process.env.PRISMA_DML_PATH);
const engine = await openEngine(schema, databaseUrl());

/** The client overrides the schema's data source when it was made with a URL of its own. */
function databaseUrl() {
  const overrides = JSON.parse(process.env.OVERWRITE_DATASOURCES ?? "[]");
  return overrides[0]?.url ?? process.env.DATABASE_URL;
}

async function answer(path, body, transaction) {
  if (path === "/status") return { status: "ok" };
  if (path.startsWith("/metrics")) return { counters: [], gauges: [], histograms: [] };
  if (path === "/transaction/start") return engine.start(JSON.parse(body));
  const end = path.match(/^\/transaction\/(?<id>[^/]+)\/(?<how>commit|rollback)$/)?.groups;
  if (end) return engine.end(end.id, end.how);
  const question = JSON.parse(body);
  return question.batch ? batch(question, transaction) : single(question, transaction);
}

async function single(question, transaction) {
  const query = translate(question.query, schema);
  return readable(await engine.query(query.request, transaction), query, engine.host);
}

async function batch(question, transaction) {
  const queries = question.batch.map((item) => translate(item.query, schema));
  const request = {
    batch: queries.map((query) => query.request),
    transaction: question.transaction ? { isolationLevel: null } : undefined,
  };
  const result = await engine.query(request, transaction);
  const batchResult = result.batchResult?.map((item, index) => readable(item, queries[index], engine.host));
  return batchResult ? { ...result, batchResult } : result;
}

const server = http.createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  const reply = await answer(request.url, body, request.headers["x-transaction-id"]).catch((error) => {
    console.error(`query engine: ${error.message}: ${body.slice(0, 400)}`);
    return failed(error.message);
  });
  // The client reads errors of queries from the answer, those of transactions from the status.
  response.writeHead(reply.error_code ? 500 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(reply));
});
server.keepAliveTimeout = 60_000; // the client keeps its connections; Node's 5 s would race with its next request
server.listen(Number(options.port), "localhost");
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
