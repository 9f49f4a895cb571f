import os
import shutil
import subprocess
import tempfile
import unittest

from playwright.sync_api import sync_playwright

from server import CONTEXT_SERVABLE, FEATURES_SERVABLE, NAMED_SERVABLE, NEXT_SERVABLE, SCREENSHOTS, SERVABLE, SERVE, Server


class Page(unittest.TestCase):
    def setUp(self):
        program = shutil.which("chromium")
        if program is None:
            self.skipTest("there is no chromium")
        playwright = sync_playwright().start()
        self.addCleanup(playwright.stop)
        self.browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self.addCleanup(self.browser.close)

    def test_page(self):
        server = Server(SERVABLE)
        for name, width in (("desktop", 1280), ("phone", 390)):
            page = self.browser.new_page(viewport={"width": width, "height": 900})
            errors = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda request: self.assertIn(f":{server.port}", request.url) if "data:" not in request.url else None)
            page.goto(f"http://127.0.0.1:{server.port}/?user=42")
            page.wait_for_selector("#list .poster")
            self.assertEqual(page.locator("#list .poster").count(), 12)
            self.assertGreater(page.locator("#history .poster").count(), 20)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
            if SCREENSHOTS:
                page.screenshot(path=os.path.join(SCREENSHOTS, f"{name}.png"))
            # By keyboard alone: another user, then the first recommendation.
            page.focus("#user")
            page.keyboard.press("Control+A")
            page.keyboard.type("7")
            page.keyboard.press("Enter")
            page.wait_for_function("new URLSearchParams(location.search).get('user') === '7'")
            page.focus("#list .poster")
            page.keyboard.press("Enter")
            page.wait_for_selector("dialog[open] .posters .poster")
            self.assertGreater(page.locator("dialog .why li").count(), 2)
            if SCREENSHOTS:
                page.screenshot(path=os.path.join(SCREENSHOTS, f"{name}-why.png"))
            page.keyboard.press("Escape")
            page.select_option("#field", "genres")
            page.fill("#value", "Horror")
            page.keyboard.press("Enter")
            page.wait_for_function("[...document.querySelectorAll('#list .poster i')].every(i => i.textContent.includes('Horror'))")
            page.fill("#value", "Nonsense")
            page.keyboard.press("Enter")
            page.wait_for_function("document.querySelector('#error').textContent !== ''")
            self.assertEqual(errors, [])
            page.close()
        server.stop()

    def test_features(self):
        server = Server(FEATURES_SERVABLE)
        self.addCleanup(server.stop)
        page = self.browser.new_page(viewport={"width": 390, "height": 900})
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.port}/?user=42")
        page.wait_for_selector("#list .poster")
        options = [page.locator("#somebody label").nth(place).locator("option").count() for place in range(3)]
        self.assertEqual(options, [0, 2, 21])
        page.fill("#user", "")
        page.get_by_label("age").fill("24")
        page.get_by_label("occupation").fill("clown")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('#took').textContent.includes('by features')")
        self.assertIn("the model knows no occupation=clown", page.locator("#took").text_content())
        self.assertEqual((page.locator("#list .poster").count(), page.locator("#history .poster").count()), (12, 0))
        page.locator("#list .poster").first.click()
        page.wait_for_selector("dialog[open] .posters .poster")
        self.assertIn("age: buckets 8", page.locator("dialog .why").text_content())
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 390)
        page.keyboard.press("Escape")
        if SCREENSHOTS:
            page.screenshot(path=os.path.join(SCREENSHOTS, "features.png"))
        page.get_by_label("age").fill("old")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('#error').textContent.includes('is a number')")
        self.assertEqual(errors, [])

    def test_history_in_its_order(self):
        server = Server(NEXT_SERVABLE)
        self.addCleanup(server.stop)
        page = self.browser.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/?user=42")
        page.click("#list .poster")
        page.wait_for_selector("dialog[open] .posters .poster")
        self.assertIn("adds to the score", page.text_content("dialog"))
        why = page.text_content("dialog .why")
        self.assertIn("the rest of it", why)
        self.assertNotIn("what training added", why, "a sum has no remainder")

    def test_ratings_and_context(self):
        server = Server(CONTEXT_SERVABLE)
        self.addCleanup(server.stop)
        page = self.browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.port}/?user=42")
        page.wait_for_selector("#list .poster")
        self.assertRegex(page.text_content("#list .poster .score"), r"^-?\d+\.\d{3} · rating \d\.\d$")
        page.get_by_label("timestamp").fill("1998-03-20T20:15")
        page.keyboard.press("Enter")
        query = "/recommend?user=42&k=12&exclude_seen=true&features=timestamp=1998-03-20T20:15"
        best = server.ask(query)[1]["recommendations"][0]
        page.wait_for_function(f"document.querySelector('#list .score').textContent.startsWith('{best['score']:.3f}')")
        page.click("#list .poster")
        page.wait_for_selector("dialog[open] .posters .poster")
        why = page.text_content("dialog .why")
        self.assertTrue("the query itself" in why and "timestamp: number" in why, why)
        page.keyboard.press("Escape")
        page.fill("#user", "nobody")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('#took').textContent.includes('by features')")
        self.assertNotIn("rating", page.text_content("#list .poster .score"))
        self.assertEqual(errors, [])

    def test_names_beside_ids(self):
        server = Server(NAMED_SERVABLE)
        self.addCleanup(server.stop)
        page = self.browser.new_page()
        page.goto(f"http://127.0.0.1:{server.port}/?user=customer-12")
        page.wait_for_selector("#list .poster")
        best = server.ask("/recommend?user=customer-12&k=12&exclude_seen=true")[1]["recommendations"][0]
        self.assertEqual(page.text_content("#list .poster b"), best["name"])
        self.assertIn(best["candidate"], page.text_content("#list .poster i"))
        page.click("#list .poster")
        page.wait_for_selector("dialog[open] .posters .poster")
        self.assertEqual(page.text_content("#title"), best["name"])
        self.assertNotIn("P0", page.text_content("dialog .why"))
        page.keyboard.press("Escape")
        # Nobody has bought the cold frame, and its features explain it.
        page.select_option("#field", "department")
        page.fill("#value", "Garden")
        page.keyboard.press("Enter")
        page.locator("#list .poster", has_text="Cold frame").click()
        page.wait_for_selector("dialog[open] .posters .poster")
        self.assertIn("its own features", page.text_content("#body h2"))
        why = page.text_content("dialog .why")
        self.assertTrue("department: Garden" in why and "what every new one has" in why, why)
        if SCREENSHOTS:
            page.screenshot(path=os.path.join(SCREENSHOTS, "new-why.png"))

    def test_several_models_behind_a_token(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("first", "second"):
                subprocess.run([SERVE, "publish", SERVABLE, "--models", folder, "--name", name], check=True, stdout=subprocess.DEVNULL)
            server = Server("--models", folder, environment={"TANDEM_TOKEN": "secret"})
            page = self.browser.new_page()
            page.goto(f"http://127.0.0.1:{server.port}/?user=42")
            page.wait_for_selector("#token:visible")
            page.fill("#token", "wrong")
            page.keyboard.press("Enter")
            page.wait_for_function("document.querySelector('#error').textContent.includes('token')")
            page.fill("#token", "secret")
            page.keyboard.press("Enter")
            page.wait_for_selector("#list .poster")
            self.assertFalse(page.is_visible("#token"))
            self.assertIn("first, version 1", page.text_content("#model"))
            page.select_option("#name", "second")
            page.wait_for_function("document.querySelector('#model').textContent.includes('second')")
            self.assertEqual(page.locator("#list .poster").count(), 12)
            self.assertEqual(page.text_content("#error"), "")
            server.stop()
