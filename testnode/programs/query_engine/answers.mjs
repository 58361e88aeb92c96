/** Answers: what the engine says in its JSON protocol becomes what prisma-client-py reads. */

/**
 * @param {object} result of one query
 * @param {{alias: string, raw: boolean}} query as `translate` made it
 * @param {string} host of the database
 */
export function readable(result, query, host) {
  if (!result.data) return withConnectionError(result, host);
  const [value] = Object.values(result.data);
  return { ...result, data: { [query.alias]: query.raw ? rawRows(value) : plain(value) } };
}

/** The answer to a query that this process could not even ask. */
export function failed(message) {
  return errorAnswer("P2010", message);
}

/** Dates, JSON documents and large numbers come with their type; the client wants the bare value. */
function plain(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  if ("$type" in value && "value" in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** Raw rows come as one table; the client reads a list of rows with a type beside each value. */
function rawRows(value) {
  if (!value?.columns) return value; // executeRaw: the number of rows
  const cell = (content, type) => ({ prisma__type: content === null ? "null" : type, prisma__value: content });
  return value.rows.map((row) =>
    Object.fromEntries(value.columns.map((name, index) => [name, cell(row[index], value.types[index])])),
  );
}

/**
 * The adapter passes on what is no answer of the database, a lost connection, as P2036. The native engine
 * says P1001 then, in words that LiteLLM looks for.
 */
function withConnectionError(result, host) {
  const code = result.errors?.[0]?.user_facing_error?.error_code;
  if (code !== "P2036") return result;
  const [name, port] = host.split(":");
  return errorAnswer("P1001", `Can't reach database server at \`${name}\`:\`${port ?? 5432}\``);
}

function errorAnswer(code, message) {
  const facing = { is_panic: false, message, meta: {}, error_code: code };
  return { errors: [{ error: message, user_facing_error: facing }] };
}
