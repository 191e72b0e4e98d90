// @shevernitskiy/amo, a client that others wrote. On stdin: {host, token, id, secret, redirect}; what it made of the account on stdout.
// NODE_EXTRA_CA_CERTS is the account's certificate: it speaks https only.
const { Amo } = require("@shevernitskiy/amo");

async function refused(asked) {
  try {
    await asked();
  } catch (error) {
    return { text: error.message, said: error.response ?? null };
  }
  return null;
}

async function main({ host, token, id, secret, redirect }) {
  const amo = new Amo(host, {
    access_token: token, token_type: "Bearer", refresh_token: "none", expires_at: Date.now() + 86_400_000,
    client_id: id, client_secret: secret, redirect_uri: redirect,
  });
  const told = {};
  const first = async (asked, name) => (await asked)._embedded[name][0];

  const leads = [];
  for (let page = 1; ; page++) {
    const answer = await amo.lead.getLeads({ limit: 250, page, with: ["contacts"] });
    leads.push(...answer._embedded.leads);
    if (!answer._links.next) break;
  }
  told.leads = leads.length;
  told.chosen = (await amo.lead.getLeads({
    filter: (one) => one.multi("id", [1, 2, 3]).range("updated_at", 1, 2_000_000_000), order: { param: "id", type: "desc" },
  }))._embedded.leads.map((lead) => lead.id);
  const events = (await amo.event.getEvents({ limit: 5 }))._embedded.events.map((event) => event.id);
  told.events = [events.slice(1, 3), (await amo.event.getEvents({ filter: (one) => one.multi("id", events.slice(1, 3)) }))._embedded.events.map((event) => event.id)];

  const pipeline = await first(amo.pipeline.addPipelines([{
    name: "Опт", is_main: false, is_unsorted_on: true, sort: 20, _embedded: { statuses: [{ name: "Первый", sort: 10, color: "#fffeb2" }] },
  }]), "pipelines");
  const stage = pipeline._embedded.statuses.find((one) => one.name === "Первый").id;
  const field = await first(amo.custom_fields.addCustomFields("leads", [{ name: "Откуда", type: "select", sort: 5, enums: [{ value: "а", sort: 1 }, { value: "б", sort: 2 }] }]), "custom_fields");
  const lead = (await amo.lead.addComplex([{
    name: "Насосы", price: 700, pipeline_id: pipeline.id, status_id: stage,
    custom_fields_values: [{ field_id: field.id, values: [{ value: "б" }] }],
    _embedded: { contacts: [{ first_name: "Анна", custom_fields_values: [{ field_code: "PHONE", values: [{ value: "+79001234567", enum_code: "WORK" }] }] }], companies: [{ name: "ООО «Новая»" }] },
  }]))[0];
  await amo.tag.addTags("leads", [{ name: "Срочно" }]);
  await amo.lead.updateLeadById(lead.id, { tags_to_add: [{ name: "Срочно" }] });
  await amo.note.addNotes("leads", [{ entity_id: lead.id, note_type: "common", params: { text: "Просят скидку" } }]);
  const task = await first(amo.task.addTasks([{ text: "Перезвонить", complete_till: 1_800_000_000, entity_id: lead.id, entity_type: "leads" }]), "tasks");
  await amo.task.completeTaskById(task.id, { is_completed: true, result: { text: "готово" } });
  const call = await amo.call.addCalls([{ direction: "inbound", uniq: "u-1", duration: 60, source: "x", phone: "89001234567", link: "https://r.example/1", call_status: 4 }]);
  told.lead = await amo.lead.getLeadById(lead.id, { with: ["contacts"] });
  told.made = { pipeline: pipeline.id, stage, field: field.enums[1].id, contact: lead.contact_id, company: lead.company_id, called: call._embedded.calls[0].entity_id };
  told.notes = (await amo.note.getNotesByEntityId(lead.id, "leads"))._embedded.notes.map((note) => note.params.text);
  told.task = await amo.task.getTaskById(task.id);
  const links = await amo.link.getLinksByEntityId(lead.id, "leads");
  told.links = links._embedded.links.map((link) => link.to_entity_type).sort();

  told.nothing = await refused(() => amo.lead.getLeadById(999_999));
  told.wrong = await refused(() => amo.lead.addLeads([{ name: "ok" }, { name: 5, request_id: "q" }]));
  told.held = await refused(() => amo.pipeline.deletePipelineById(pipeline.id));
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

let given = "";
process.stdin.on("data", (some) => (given += some)).on("end", () => main(JSON.parse(given)));
