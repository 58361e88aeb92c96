/**
 * Queries: the GraphQL text that prisma-client-py writes becomes the JSON protocol that the engine
 * as WebAssembly understands.
 */
import { parse } from "graphql";

const RAW_OPERATIONS = new Set(["queryRaw", "executeRaw"]);

/**
 * @param {string} text with one operation
 * @param {import("./datamodel.mjs").Datamodel} schema
 * @returns {{alias: string, raw: boolean, request: object}} `alias` is the name that the client looks for
 */
export function translate(text, schema) {
  const field = parse(withEscapedLineEnds(text)).definitions[0].selectionSet.selections[0];
  const name = field.name.value;
  const alias = field.alias?.value ?? name;
  const raw = RAW_OPERATIONS.has(name);
  return { alias, raw, request: raw ? rawRequest(name, field) : modelRequest(name, field, schema) };
}

function rawRequest(name, field) {
  const given = readArguments(field);
  // The adapter for `pg` knows no arrays of the type `name`, which LiteLLM asks for when it looks for its views.
  const query = given.query.replace("ARRAY_AGG(viewname)", "ARRAY_AGG(viewname::text)");
  return { action: name, query: { arguments: { ...given, query }, selection: {} } };
}

function modelRequest(name, field, schema) {
  const { action, model } = schema.operation(name);
  const value = (node) => readValue(node, schema, model);
  return { modelName: model, action, query: { arguments: readArguments(field, value), selection: readSelection(field, value) } };
}

function readArguments(field, value = (node) => readValue(node)) {
  return Object.fromEntries((field.arguments ?? []).map((argument) => [argument.name.value, value(argument.value)]));
}

function readSelection(field, value) {
  const fields = field.selectionSet?.selections ?? [];
  return Object.fromEntries(
    fields.map((inner) => [
      inner.name.value,
      inner.selectionSet ? { arguments: readArguments(inner, value), selection: readSelection(inner, value) } : true,
    ]),
  );
}

function readValue(node, schema, model) {
  switch (node.kind) {
    case "NullValue":
      return null;
    case "StringValue":
    case "BooleanValue":
    case "EnumValue":
      return node.value;
    case "FloatValue":
      return Number(node.value);
    case "IntValue":
      return readInteger(node.value);
    case "ListValue":
      return node.values.map((item) => readValue(item, schema, model));
    case "ObjectValue":
      return Object.fromEntries(node.fields.map((item) => readMember(item, schema, model)));
    default:
      throw new Error(`unknown kind of value: ${node.kind}`);
  }
}

function readInteger(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : { $type: "BigInt", value: text };
}

function readMember(item, schema, model) {
  const name = item.name.value;
  if (schema?.isJson(model, name)) return [name, readJson(item.value)];
  return [name, readValue(item.value, schema, schema?.modelAt(model, name))];
}

/** In the place of a JSON document the client writes its text; filters hold documents, and paths into them. */
function readJson(node) {
  switch (node.kind) {
    case "StringValue":
      return { $type: "Json", value: node.value };
    case "ListValue":
      return node.values.map(readJson);
    case "ObjectValue":
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, name.value === "path" ? readValue(value) : readJson(value)]),
      );
    default:
      return readValue(node);
  }
}

/**
 * The client does not escape line ends inside strings; the native engine's parser takes them as they
 * are, the GraphQL language does not.
 */
function withEscapedLineEnds(text) {
  const STRING = /"(?:[^"\\]|\\[\s\S])*"/g;
  return text.replace(STRING, (string) => string.replaceAll("\n", "\\n").replaceAll("\r", "\\r"));
}
