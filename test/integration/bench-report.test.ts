import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import t, { type Test } from 'tap'
import { renderHtmlReport } from '../../bench/report/render-html-report.ts'
import type { Report } from '../../bench/suite/report.ts'
import { sampleReport } from '../support/sample-report.ts'

const PLOTS = 20
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const SMUGGLED = '</script><img src="x" onerror="alert(1)">'

// What the browser runs is text here: the tests know no types of a browser.

/** Of each plot how many colours its canvas has, and of each of its lines whether its very colour is among them. */
const PLOTS_SEEN = `(() => {
  const style = getComputedStyle(document.documentElement)
  const data = JSON.parse(document.getElementById('plots').textContent)
  const hexOf = (r, g, b) => '#' + [r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')
  return [...document.querySelectorAll('[data-plot] canvas')].map((canvas, i) => {
    const { data: dots } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const colours = new Set()
    for (let dot = 0; dot < dots.length; dot += 4) {
      const [r, g, b, alpha] = dots.subarray(dot, dot + 4)
      if (alpha > 0) colours.add(hexOf(r, g, b) + (alpha === 255 ? '' : ' at ' + alpha))
    }
    const { title, series } = data[i]
    const lines = series.map((_, k) => colours.has(style.getPropertyValue('--series-' + k)))
    return { title, colours: colours.size, lines }
  })
})()`
type PlotSeen = {
  readonly title: string
  readonly colours: number
  readonly lines: readonly boolean[]
}

/** Ends when every line has the colour that the page has for it now. */
const REDRAWN = `new Promise((done) => {
  const look = () =>
    ${PLOTS_SEEN}.every(({ lines }) => lines.every(Boolean)) ? done(true) : requestAnimationFrame(look)
  look()
})`

const GROUND = 'getComputedStyle(document.body).backgroundColor'

const browserPath = findOnPath(NAMES)
if (browserPath === undefined) {
  const how = `no ${NAMES.join(', ')} on the PATH: on Debian, apt-get install chromium`
  if (process.env['CI']) t.fail(how)
  else void t.test('opens in a browser', { skip: how }, () => {})
} else await testIn(browserPath)

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function testIn(executablePath: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.teardown(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'report.html')
  writeFileSync(file, renderHtmlReport(smuggling(sampleReport(PLOTS, 60))))
  const url = pathToFileURL(file).href
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [400, 1280])
      await t.test(`${scheme}, ${width} pixels wide`, (t) =>
        looksRight(t, { browser, url, scheme, width }),
      )
  await t.test('light and dark differ, also while the page is open', (t) =>
    followsScheme(t, browser, url),
  )
  await t.test('by the keyboard', (t) => followsKeys(t, browser, url))
}

/** Its first plot has names that would do harm if they were markup. */
function smuggling(report: Report): Report {
  const [first, ...others] = report.benchmarks
  const [plot, ...plots] = first!.plots
  const series = plot!.series.map((one) => ({ ...one, name: SMUGGLED }))
  const named = { ...plot!, title: SMUGGLED, x: { ...plot!.x, label: SMUGGLED }, series }
  return {
    ...report,
    benchmarks: [{ ...first!, question: SMUGGLED, plots: [named, ...plots] }, ...others],
  }
}

type Visit = {
  readonly browser: Browser
  readonly url: string
  readonly scheme: 'light' | 'dark'
  readonly width: number
}

/** Opens the report; whatever a browser complains of, asks for or shows goes into `noise`. */
async function open({ browser, url, scheme, width }: Visit) {
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } })
  const noise: string[] = []
  page.on('console', (message) => {
    // Said of the test itself, which looks at canvases again and again.
    if (!/willReadFrequently/.test(message.text())) noise.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`))
  page.on('request', (request) => noise.push(`request: ${request.url()}`))
  page.on('dialog', (dialog) => {
    noise.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(url)
  return { page, noise }
}

async function looksRight(t: Test, visit: Visit): Promise<void> {
  const { page, noise } = await open(visit)
  const canvases = await page.evaluate<readonly PlotSeen[]>(PLOTS_SEEN)
  t.equal(canvases.length, PLOTS)
  for (const { title, colours, lines } of canvases) {
    t.ok(colours > 10, `${title}: axes, words and lines`)
    t.strictSame(
      lines,
      lines.map(() => true),
      `${title}: every line is drawn`,
    )
  }
  const widths = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
  t.strictSame(widths, [visit.width, visit.width], 'nothing is wider than the screen')
  t.equal(await page.locator('img').count(), 0, 'names are no markup')
  t.match(await page.locator('.u-legend').first().textContent(), SMUGGLED)
  t.strictSame(noise, [`request: ${visit.url}`])
  await page.close()
}

async function followsScheme(t: Test, browser: Browser, url: string): Promise<void> {
  const { page, noise } = await open({ browser, url, scheme: 'light', width: 1280 })
  const light = await page.evaluate(GROUND)
  await page.emulateMedia({ colorScheme: 'dark' })
  t.not(await page.evaluate(GROUND), light)
  t.ok(
    await page.evaluate(REDRAWN),
    'every line has its dark colour, which is none of the light ones',
  )
  await page.emulateMedia({ media: 'print' })
  t.ok(await page.evaluate(REDRAWN), 'and on paper its light one again')
  t.strictSame(noise, [`request: ${url}`])
  await page.close()
}

async function followsKeys(t: Test, browser: Browser, url: string): Promise<void> {
  const { page } = await open({ browser, url, scheme: 'light', width: 1280 })
  const figure = page.locator('figure', { hasText: 'Speed-up' }).first()
  await figure.locator('[data-plot]').focus()
  const values = figure.locator('.u-value')
  t.equal((await values.allTextContents()).join(''), '')
  await page.keyboard.press('Home')
  const first = await values.allTextContents()
  t.equal(first[0], '1', 'the first x')
  t.ok(
    first.every((text) => text !== ''),
    'a value of each line',
  )
  await page.keyboard.press('ArrowRight')
  t.not((await values.allTextContents())[0], '1')
  await page.keyboard.press('Escape')
  t.equal((await values.allTextContents()).join(''), '')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  t.equal(await figure.locator('.u-series.u-off').count(), 1, 'a line is hidden by its name')
  await figure.locator('summary').focus()
  await page.keyboard.press('Enter')
  const rows = figure.locator('.scroll tbody tr')
  await rows.first().waitFor()
  t.equal(await rows.count(), 60, 'the points of five lines')
  await page.close()
}
