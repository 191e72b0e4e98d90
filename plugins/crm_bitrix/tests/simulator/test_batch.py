"""Many methods in one request."""


def test_a_command_is_made_of_what_an_earlier_one_found(client):
    found = client.batch({
        "deal": "crm.item.get?entityTypeId=2&id=3",
        "contact": "crm.contact.get?id=$result[deal][item][contactId]",
    })  # fmt: skip
    assert found["result"]["contact"]["ID"] == str(found["result"]["deal"]["item"]["contactId"])


def test_fifty_pages_are_chained_by_the_last_id_of_each(client):
    ask = "crm.deal.list?order[ID]=ASC&select[]=ID&start=-1&filter[>ID]="
    first, second = client.batch([f"{ask}0", f"{ask}$result[0][49][ID]"])["result"]
    assert [int(row["ID"]) for row in first + second] == client.portal.tables[2].ids


def test_maps_with_nothing_in_them_are_lists_and_so_are_those_that_count_up(client):
    found = client.batch({"0": "server.time", "1": "server.time"})
    assert isinstance(found["result"], list)
    assert (found["result_error"], found["result_next"]) == ([], [])
    failed = client.batch({"0": "server.time", "1": "nothing", "2": "server.time"})
    assert failed["result"].keys() == {"0", "2"}
    assert failed["result_error"] == {
        "1": {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}
    }


def test_halt_stops_at_the_first_failure(client):
    commands = {"a": "server.time", "b": "nothing", "c": "server.time"}
    assert client.batch(commands)["result"].keys() == {"a", "c"}
    assert client.batch(commands, halt=1)["result"].keys() == {"a"}


def test_totals_nexts_and_times_stand_beside_the_results(client):
    found = client.batch({"deals": "crm.deal.list?order[ID]=ASC"})
    assert found["result_total"] == {"deals": len(client.portal.tables[2])}
    assert found["result_next"] == {"deals": 50}
    assert "operating" in found["result_time"]["deals"]


def test_more_than_fifty_are_refused_whole_or_each_as_the_portal_does(client):
    commands = {str(at): "server.time" for at in range(51)}
    status, body = client.ask("batch", cmd=commands)
    assert (status, body["error"]) == (400, "ERROR_BATCH_LENGTH_EXCEEDED")
    client.portal.refuses_each_command_too_many = True
    found = client.batch(commands)
    assert (len(found["result"]), list(found["result_error"])) == (50, ["50"])


def test_a_batch_within_a_batch_is_not_allowed(client):
    failed = client.batch({"a": "batch?cmd[b]=server.time"})["result_error"]
    assert failed["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_what_leads_nowhere_is_an_empty_value(client):
    found = client.batch({
        "one": "crm.deal.list?filter[ID]=1",
        "again": "crm.deal.list?order[ID]=ASC&select[]=ID&filter[>ID]=$result[one][49][ID]",
        "added": "crm.deal.add?fields[TITLE]=а$result[one][7][ID]б",
        "read": "crm.deal.get?id=$result[added]",
    })["result"]  # fmt: skip
    assert [int(row["ID"]) for row in found["again"]] == client.portal.tables[2].ids[:50]
    assert found["read"]["TITLE"] == "аб"
