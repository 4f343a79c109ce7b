// A server of the official TypeScript SDK: `node sdk_server.mjs FOLDER [PORT]`, where FOLDER has
// its packages. With a port it is served over HTTP, else by its pipes.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const [folder, port] = process.argv.slice(2);
const home = `${folder}/node_modules/@modelcontextprotocol/server/dist`;
const { McpServer, createMcpHandler, fromJsonSchema } = await import(`${home}/index.mjs`);
const { serveStdio } = await import(`${home}/stdio.mjs`);

const takes = (properties) =>
  fromJsonSchema({ type: "object", properties, required: Object.keys(properties) });
const says = (text) => ({ content: [{ type: "text", text }] });
const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

function make() {
  const server = new McpServer({ name: "sdk", version: "1" }, { capabilities: { tools: {} } });
  const text = { inputSchema: takes({ text: { type: "string" } }) };
  server.registerTool("echo", text, async ({ text }) => says(text));
  server.registerTool("fails", { inputSchema: takes({}) }, async () => {
    throw new Error("on purpose");
  });
  const picture = { content: [{ type: "image", data: pixel, mimeType: "image/png" }] };
  server.registerTool("picture", { inputSchema: takes({}) }, async () => picture);
  const mark = { inputSchema: takes({ mark: { type: "string" } }) };
  server.registerTool("slow", mark, async ({ mark }, context) => {
    writeFileSync(mark, "begun");
    const signal = context.mcpReq.signal;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    writeFileSync(mark, "cancelled");
    return says("done");
  });
  return server;
}

async function answer(handler, request, reply) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const gone = new AbortController();
  reply.on("close", () => gone.abort());
  const { method, headers } = request;
  const body = pieces.length ? Buffer.concat(pieces) : undefined;
  const url = `http://127.0.0.1:${port}${request.url}`;
  const asked = new Request(url, { method, headers, body, signal: gone.signal });
  const found = await handler.fetch(asked);
  reply.writeHead(found.status, Object.fromEntries(found.headers));
  if (found.body) for await (const piece of found.body) reply.write(piece);
  reply.end();
}

if (port) {
  const handler = createMcpHandler(make);
  createServer((request, reply) => answer(handler, request, reply)).listen(Number(port), "127.0.0.1");
} else {
  serveStdio(make);
}
