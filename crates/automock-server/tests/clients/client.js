// Drives the engine with a version of the npm package mockserver-client:
// node client.js <package> <port> <port of another server>
"use strict";

const assert = require("node:assert");
const http = require("node:http");

const [name, port, upstream] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const client = require(name).mockServerClient("127.0.0.1", port);
const hasForwardCallbacks = typeof client.mockWithForwardCallback === "function";

setTimeout(() => fail(new Error("not done in time")), 60_000).unref();

function fail(error) {
  console.error(error);
  process.exit(1);
}

// The client's promises are of its own making: some have nothing but `then`.
function promised(thenable) {
  return new Promise((resolve, reject) => thenable.then(resolve, reject));
}

async function refused(thenable) {
  let value;
  try {
    value = await promised(thenable);
  } catch (reason) {
    return String(reason);
  }
  throw new Error(`was not refused: ${JSON.stringify(value)}`);
}

function request(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, agent: false };
    const sent = http.request(options, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function creating() {
  await promised(
    client.mockAnyResponse({
      id: "pets",
      httpRequest: { method: "GET", path: "/pets/.*", queryStringParameters: { page: ["1"] } },
      httpResponse: { statusCode: 203, headers: { "x-a": ["1"] }, body: { pet: 7 } },
      times: { unlimited: true },
    }),
  );
  const found = await request("GET", "/pets/7?page=1");
  assert.deepStrictEqual([found.status, JSON.parse(found.body), found.headers["x-a"]], [203, { pet: 7 }, "1"]);
  assert.strictEqual((await request("GET", "/pets/7?page=2")).status, 404);

  await promised(client.mockSimpleResponse("/simple", { name: "value" }, 201));
  const simple = await request("POST", "/simple");
  assert.deepStrictEqual([simple.status, JSON.parse(simple.body)], [201, { name: "value" }]);
  assert.strictEqual((await request("POST", "/simple")).status, 404, "once by default");

  const wrong = { httpRequest: { path: "/x" }, httpResponse: { statusCode: "many" } };
  assert.match(await refused(client.mockAnyResponse(wrong)), /statusCode/);
}

async function verifying() {
  await promised(client.verify({ path: "/pets/7" }, 1, 2));
  assert.match(await refused(client.verify({ path: "/pets/7" }, 3, 4)), /Request not found/);
  assert.match(await refused(client.verify({ path: "/never" })), /Request not found/);
  await promised(client.verifyById({ id: "pets" }, 1, 1));
  await refused(client.verifyById({ id: "pets" }, 2, 2));
  await promised(client.verifySequence({ path: "/pets/7" }, { path: "/simple" }));
  const reason = await refused(client.verifySequence({ path: "/simple" }, { path: "/pets/7" }));
  assert.match(reason, /Request sequence not found/);
}

async function retrieving() {
  const requests = await promised(client.retrieveRecordedRequests({ path: "/simple" }));
  assert.deepStrictEqual(
    requests.map(({ method, path }) => [method, path]),
    [
      ["POST", "/simple"],
      ["POST", "/simple"],
    ],
  );
  const active = await promised(client.retrieveActiveExpectations());
  assert.deepStrictEqual(
    active.map(({ id }) => id),
    ["pets"],
  );
  const pairs = await promised(client.retrieveRecordedRequestsAndResponses({ path: "/pets/.*" }));
  assert.deepStrictEqual(
    pairs.map(({ httpResponse }) => httpResponse.statusCode),
    [203, 404],
  );
  assert.deepStrictEqual(await promised(client.retrieveRecordedExpectations({ path: "/pets/.*" })), []);
  const log = await promised(client.retrieveLogMessages());
  assert.match(log.join("\n"), /\/pets\/7/);
}

async function clearing() {
  await promised(client.clear({ path: "/simple" }, "LOG"));
  assert.strictEqual((await promised(client.retrieveRecordedRequests({ path: "/simple" }))).length, 0);
  assert.strictEqual((await promised(client.retrieveRecordedRequests({ path: "/pets/7" }))).length, 2);
  await promised(client.clearById("pets", "EXPECTATIONS"));
  assert.strictEqual((await request("GET", "/pets/7?page=1")).status, 404);
}

async function responding() {
  const seen = [];
  await promised(
    client.mockWithCallback(
      { method: "POST", path: "/callback" },
      (request) => {
        seen.push([request.method, request.path, request.queryStringParameters]);
        const text = typeof request.body === "object" ? request.body.string : request.body;
        return { statusCode: 202, headers: { "x-client": ["yes"] }, body: text.toUpperCase() };
      },
      { unlimited: true },
      0,
      undefined,
      "callback",
    ),
  );
  const found = await request("POST", "/callback?q=1", "shout");
  assert.deepStrictEqual([found.status, found.body, found.headers["x-client"]], [202, "SHOUT", "yes"]);
  assert.strictEqual(found.headers.websocketcorrelationid, undefined);
  assert.deepStrictEqual(seen, [["POST", "/callback", { q: ["1"] }]]);
  const words = Array.from({ length: 50 }, (_, index) => `word${index}`);
  const answers = await Promise.all(words.map((word) => request("POST", "/callback", word)));
  assert.deepStrictEqual(
    answers.map(({ body }) => body),
    words.map((word) => word.toUpperCase()),
  );
  const large = "x".repeat(3 << 20);
  assert.strictEqual((await request("POST", "/callback", large)).body, large.toUpperCase());
  await promised(client.verify({ path: "/callback" }, 52, 52));
}

async function forwarding() {
  const elsewhere = (request) => ({
    method: "GET",
    path: "/upstream",
    headers: { Host: [`127.0.0.1:${upstream}`], "x-from": [request.path] },
  });
  await promised(client.mockWithForwardCallback({ path: "/forward" }, elsewhere));
  const forwarded = await request("GET", "/forward");
  assert.deepStrictEqual([forwarded.status, forwarded.body], [200, "from /forward"]);
  await promised(
    client.mockWithForwardAndResponseCallback({ path: "/both" }, elsewhere, (request, response) => ({
      statusCode: response.statusCode + 1,
      body: `${request.path} answered`,
    })),
  );
  const both = await request("GET", "/both");
  assert.deepStrictEqual([both.status, both.body], [201, "/upstream answered"]);
  const recorded = await promised(client.retrieveRecordedExpectations({ path: "/forward" }));
  assert.deepStrictEqual(
    recorded.map(({ httpResponse }) => httpResponse.statusCode),
    [200],
  );
}

async function resetting() {
  await promised(client.reset());
  assert.deepStrictEqual(await promised(client.retrieveActiveExpectations()), []);
  assert.deepStrictEqual(await promised(client.retrieveRecordedRequests()), []);
  assert.strictEqual((await request("POST", "/callback", "x")).status, 404);
}

async function main() {
  const steps = [creating, verifying, retrieving, clearing, responding];
  const last = hasForwardCallbacks ? [forwarding, resetting] : [resetting];
  for (const step of [...steps, ...last]) {
    await step();
    console.log(step.name);
  }
}

main().then(() => process.exit(0), fail);
