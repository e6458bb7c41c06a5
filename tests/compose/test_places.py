"""Things lie where people say, and beside the work at hand where they say nothing."""

from __future__ import annotations

from pathlib import Path

from compose.places import cache_folder, home_folder, kafka_folder, registry_folder


def test_without_a_word_what_runs_lies_here_and_what_is_downloaded_lies_with_the_user(
    monkeypatch, tmp_path
):
    for name in ("V2V_HOME", "V2V_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert home_folder() == tmp_path / ".v2v"
    assert cache_folder() == Path.home() / ".cache" / "v2v"


def test_people_may_name_both_places(monkeypatch, tmp_path):
    monkeypatch.setenv("V2V_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("V2V_CACHE", str(tmp_path / "cache"))
    assert kafka_folder() == tmp_path / "home" / "kafka"
    assert registry_folder() == tmp_path / "home" / "registry"
    assert cache_folder() == tmp_path / "cache"


def test_the_users_own_cache_folder_is_respected(monkeypatch, tmp_path):
    monkeypatch.delenv("V2V_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "v2v"
