import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { inlineScript, inlineStyle, type Markup } from './markup.ts'
import { PAGE_STYLE } from './page-style.ts'

/** What every page holds, whatever the report: the same text each time. */
export type PageParts = {
  readonly styles: readonly InlinePart[]
  /** In the order in which they run; they look for the data and the frames before them. */
  readonly scripts: readonly InlinePart[]
}

/** `text` is what a browser hashes: what stands between the tags. */
export type InlinePart = { readonly text: string; readonly element: Markup }

const require = createRequire(import.meta.url)

/** Reads uPlot as npm has installed it, and our own scripts as tsc has compiled them beside this file. */
export function readPageParts(): PageParts {
  const folder = dirname(require.resolve('uplot/package.json'))
  const read = (...names: readonly string[]) => readFileSync(join(...names), 'utf8')
  const ours = (name: string) => read(import.meta.dirname, 'page', `${name}.js`)
  const uplot = `/*\n${read(folder, 'LICENSE')}*/\n${read(folder, 'dist', 'uPlot.iife.min.js')}`
  const style = (text: string): InlinePart => ({ text, element: inlineStyle(text) })
  const script = (text: string, type: 'type="module"' | ''): InlinePart => ({
    text,
    element: inlineScript(text, type),
  })
  return {
    styles: [style(read(folder, 'dist', 'uPlot.min.css')), style(PAGE_STYLE)],
    scripts: [
      script(uplot, ''),
      script(ours('draw-plots'), 'type="module"'),
      script(ours('list-points'), 'type="module"'),
    ],
  }
}
