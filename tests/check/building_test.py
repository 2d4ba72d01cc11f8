"""What the build needs, said in four places: CMake, scripts/packages, docs/building.md and the release's bill."""

import re
import subprocess
import sys

from conftest import ROOT

sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
import release_support  # noqa: E402

CMAKE = (ROOT / "cmake" / "dependencies.cmake").read_text()
LIBRARIES = {name: re.findall(r'"[^"]*"|\S+', rest)
             for name, rest in re.findall(r"^set\(USHER_PACKAGES_(\w+) (.*)\)$", CMAKE, re.M)}


def words(text):
    return set(re.findall(r"[a-z][a-z0-9.+-]+", text.replace(" or ", " ")))


def test_each_library_that_cmake_looks_for_has_packages_and_a_licence():
    compiled_with_usher = {"mbedtls"}  # from source, by cmake/mbedtls.cmake
    assert release_support.found_by_cmake() == set(LIBRARIES) | compiled_with_usher
    assert release_support.found_by_cmake() <= {library.name for library in release_support.LIBRARIES}
    assert all(len(names) == 3 for names in LIBRARIES.values())


def test_the_packages_are_those_that_are_installed_and_shown():
    listed = subprocess.run([ROOT / "scripts" / "packages", "--list", "build"], capture_output=True, text=True, check=True)
    page = (ROOT / "docs" / "building.md").read_text()
    for names in LIBRARIES.values():
        assert words(names[0]) <= words(listed.stdout.replace("|", " "))
        for system in names:
            assert words(system) - {"or"} <= set(re.findall(r"`([^`]+)`", page)), system


def test_what_is_missing_is_named_all_at_once(tmp_path):
    done = subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", tmp_path,
                           "-DCMAKE_FIND_ROOT_PATH=/nowhere", "-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY"],
                          capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    for names in LIBRARIES.values():
        debian, alpine, fedora = (name.strip('"') for name in names)
        assert f"{debian} (Debian), {alpine} (Alpine), {fedora} (Fedora)" in " ".join(done.stderr.split())
