"use strict";

// Shows an AsyncAPI 3 document: one section per message, with subject and fields.

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const resolve = (root, schema) => {
  let found = schema;
  while (found && found.$ref) {
    const path = found.$ref.replace(/^#\//, "").split("/");
    found = path.reduce((at, part) => at && at[part.replace(/~1/g, "/").replace(/~0/g, "~")], root);
  }
  return found || {};
};

const typeOf = (root, schema) => {
  const one = resolve(root, schema);
  if (one.const !== undefined) return JSON.stringify(one.const);
  if (one.enum) return one.enum.join(" | ");
  const several = one.anyOf || one.oneOf;
  if (several) return several.map((each) => typeOf(root, each)).join(" | ");
  if (one.type === "array") return `[${typeOf(root, one.items || {})}]`;
  return [one.title && one.type === "object" ? one.title : one.type, one.format].filter(Boolean).join(" ");
};

const fields = (root, schema) => {
  const table = element("table");
  const needed = schema.required || [];
  for (const [name, field] of Object.entries(schema.properties || {})) {
    const row = element("tr");
    row.append(element("td", name + (needed.includes(name) ? "" : "?")));
    row.append(element("td", typeOf(root, field)));
    row.append(element("td", resolve(root, field).description || field.description || ""));
    table.append(row);
  }
  return table;
};

const section = (root, subject, channel, message) => {
  const payload = resolve(root, message.payload);
  const data = resolve(root, (payload.properties || {}).data);
  const details = element("details");
  details.append(element("summary", message.title || subject.split(".").pop()));
  details.append(element("p", channel.description || data.description || ""));
  details.append(element("p", "", element("code", subject)));
  details.append(element("h3", "内容 / Fields"), fields(root, data));
  details.append(element("h3", "信封 / Envelope"), fields(root, payload));
  details.dataset.words = details.textContent.toLowerCase();
  return details;
};

const show = (root) => {
  document.getElementById("title").textContent = `事件 / Events: ${root.info.title}`;
  const list = document.getElementById("events");
  for (const channel of Object.values(root.channels)) {
    for (const reference of Object.values(channel.messages || {})) {
      list.append(section(root, channel.address, channel, resolve(root, reference)));
    }
  }
  document.getElementById("find").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase();
    for (const one of list.children) one.hidden = !one.dataset.words.includes(words);
  });
};

fetch("asyncapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => document.getElementById("events").append(element("p", String(error))));
