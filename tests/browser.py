"""Debian's Chromium, driven by selenium, for tests of the dashboard's page."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class Page:
    """One page in a browser, asked the way a user looks at it."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a script returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
        """Return the condition's value once it is true.

        An element that the page replaces between being found and being read is not there yet.
        """
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(StaleElementReferenceException):
                if value := condition():
                    return value
            assert time.monotonic() < deadline, f"{what}: not in {seconds} s. {self._state()}"
            time.sleep(0.05)

    def resize(self, width: int, height: int) -> None:
        """Show the page so large, in CSS pixels."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def prefer(self, scheme: str) -> None:
        """Have the system prefer `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def click(self, selector: str) -> None:
        """Click the first element there is."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def text(self, selector: str) -> str:
        """Return the text of the first element, as it is shown."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def texts(self, selector: str) -> list[str]:
        """Return the texts in the document of all elements, whether in view or not."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map(one => one.textContent)",
            selector,
        )
        return found

    def ids(self) -> list[str]:
        """Return the claim_ids of the list, from the top."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('#claims .claim')].map(row => row.dataset.id)"
        )
        return found

    def fill(self, field_id: str, value: str) -> None:
        """Give a field of the form a value, as a user's input does."""
        self.run(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
            "field.dispatchEvent(new Event('input', {bubbles: true}))",
            field_id,
            value,
        )

    def requests(self) -> list[str]:
        """Return the address of everything that was loaded."""
        found: list[str] = self.run(
            "return performance.getEntriesByType('resource').map(entry => entry.name)"
        )
        return found

    def complaints(self) -> list[str]:
        """Return the console's warnings and errors since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def _state(self) -> str:
        return f"{self.text('body')[:300]}; {self.complaints()}"


@contextlib.contextmanager
def open_browser(profile: Path, *, width: int = 1280, height: int = 800) -> Iterator[Page]:
    """Lend a page in a browser of its own; skip the test where there is none."""
    chromium, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver_path is None:
        pytest.skip("no chromium and chromedriver (Debian: apt install chromium-driver)")
    options = Options()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
    driver = Chrome(options=options, service=Service(driver_path))
    try:
        page = Page(driver)
        page.resize(width, height)
        yield page
    finally:
        driver.quit()
