import { html, type Markup } from './markup.ts'

/** A column's name, and whether numbers stand in it. */
export type Column = { readonly name: string; readonly isNumber?: boolean }

/**
 * The names of a table's columns. Tables have their roles written out: where the screen is narrow their rows are laid
 * out as cards, and browsers forget then that they are rows.
 */
export function tableHead(columns: readonly Column[]): Markup {
  return html`<thead role="rowgroup"><tr role="row">${columns.map(
    ({ name, isNumber = false }) =>
      html`<th scope="col" role="columnheader" class="${isNumber ? 'number' : ''}">${name}</th>`,
  )}</tr></thead>`
}
