/** What the translation of queries has to know about the schema. */
import fs from "node:fs";

const MODEL = /^model\s+(?<name>\w+)\s*\{(?<body>[\s\S]*?)^\}/gm;
const FIELD = /^\s+(?<name>\w+)\s+(?<type>\w+)/gm;

// The name of an operation is an action and a model, the latter in the middle of those that may fail.
const ACTIONS = [
  "findUnique", "findFirst", "findMany", "createOne", "createMany", "updateOne", "updateMany",
  "deleteOne", "deleteMany", "upsertOne", "aggregate", "groupBy",
].map((action) => ({ action, prefix: action, suffix: "" }));
const FAILING_ACTIONS = ["findUnique", "findFirst"].map((prefix) => ({
  action: `${prefix}OrThrow`, prefix, suffix: "OrThrow",
}));

export class Datamodel {
  /** @param {string} path of a Prisma schema */
  static read(path) {
    return new Datamodel(fs.readFileSync(path, "utf8"));
  }

  /** @param {string} text of a Prisma schema */
  constructor(text) {
    this.text = text;
    this.fields = new Map();
    for (const { groups: model } of text.matchAll(MODEL)) {
      const fields = [...model.body.matchAll(FIELD)].map(({ groups: field }) => [field.name, field.type]);
      this.fields.set(model.name, new Map(fields));
    }
    this.operations = new Map();
    for (const model of this.fields.keys()) {
      for (const { action, prefix, suffix } of [...ACTIONS, ...FAILING_ACTIONS]) {
        this.operations.set(`${prefix}${model}${suffix}`, { action, model });
      }
    }
  }

  /** Action and model of an operation such as `findManyLiteLLM_SpendLogs`. */
  operation(name) {
    const found = this.operations.get(name);
    if (!found) throw new Error(`unknown operation ${name}`);
    return found;
  }

  /** Whether the model's field holds a JSON document. */
  isJson(model, field) {
    return this.fields.get(model)?.get(field) === "Json";
  }

  /** The model that a name inside a model's arguments leads to: another one through a relation, else the same. */
  modelAt(model, name) {
    const type = this.fields.get(model)?.get(name);
    return this.fields.has(type) ? type : model;
  }
}
