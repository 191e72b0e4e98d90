// @bitrix24/b24jssdk, the vendor's own for JavaScript. Steps: webhook, verb, arguments.
// NODE_EXTRA_CA_CERTS is the portal's certificate: it speaks https only.
const { B24Hook, ApiVersion } = require("@bitrix24/b24jssdk");

const opened = {};

function at(webhook) {
  if (!opened[webhook]) {
    opened[webhook] = B24Hook.fromWebhookUrl(webhook);
    opened[webhook].offClientSideWarning();
  }
  return opened[webhook];
}

const verbs = {
  async call(portal, method, params) {
    return (await portal.actions.v2.call.make({ method, params })).getData().result;
  },
  async list(portal, method, params, idKey, customKeyForResult) {
    return (await portal.actions.v2.callList.make({ method, params, idKey, customKeyForResult })).getData();
  },
  async fetched(portal, method, params, idKey) {
    const found = [];
    for await (const some of portal.actions.v2.fetchList.make({ method, params, idKey })) found.push(...some);
    return found;
  },
  async paged(portal, method, params) {
    const http = portal.getHttpClient(ApiVersion.v2);
    const found = [];
    let answer = await portal.actions.v2.call.make({ method, params });
    for (;;) {
      found.push(...answer.getData().result);
      if (!answer.isMore()) return { found, total: answer.getTotal() };
      answer = await answer.getNext(http);
    }
  },
  async batch(portal, calls, isHaltOnError) {
    const answer = await portal.actions.v2.batch.make({ calls, options: { isHaltOnError } });
    return { result: answer.getData(), errors: answer.getErrorMessages() };
  },
  async chunks(portal, calls) {
    return (await portal.actions.v2.batchByChunk.make({ calls, options: { isHaltOnError: false } })).getData();
  },
};

async function main(steps) {
  const told = {};
  for (const [name, [webhook, verb, ...given]] of Object.entries(steps)) {
    try {
      told[name] = { result: (await verbs[verb](at(webhook), ...given)) ?? null };
    } catch (error) {
      told[name] = { raised: String(error.code), said: error.message, status: error.status };
    }
  }
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

let given = "";
process.stdin.on("data", (some) => (given += some)).on("end", () => main(JSON.parse(given)));
