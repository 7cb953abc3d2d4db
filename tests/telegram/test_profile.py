from bot.telegram.profile import profile
from bot.texts import languages


def test_menus_and_descriptions_are_said_in_every_language_and_keep_telegrams_limits() -> None:
    calls = profile()

    menus = {
        (p["scope"]["type"], p.get("language_code", "")) for method, p in calls if method == "setMyCommands"
    }
    assert menus == {
        (scope, code)
        for scope in ("all_private_chats", "all_chat_administrators")
        for code in ("", *languages())
    }
    for method, params in calls:
        for command in params.get("commands", ()):
            assert 1 <= len(command["description"]) <= 256
        assert len(params.get("description", "")) <= 512
        assert len(params.get("short_description", "")) <= 120
        assert (method == "setMyDefaultAdministratorRights") == ("rights" in params)
