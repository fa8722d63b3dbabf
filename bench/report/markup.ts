/** Text that may stand in a document as it is. Only this file makes it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What can stand in a template: text is escaped, `null` is nothing. */
export type Content = string | number | Markup | null | readonly Content[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A piece of a document. What comes in through `${}` is text, in elements and in quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + textOf(contents[i - 1]!) + part))
}

function textOf(content: Content): string {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(textOf).join('')
  return String(content).replace(/[&<>"']/g, (sign) => ENTITIES[sign]!)
}

/** A script of ours, or of a package. @throws Error where the text would end the element. */
export function inlineScript(text: string, attribute: 'type="module"' | ''): Markup {
  return element('script', text, attribute)
}

/** A style sheet of ours, or of a package. @throws Error where the text would end the element. */
export function inlineStyle(text: string): Markup {
  return element('style', text, '')
}

/** Data for a script of the page, which reads it by its id. `<` becomes `\u003c`: nothing in it can end the element. */
export function inlineData(id: string, data: unknown): Markup {
  const text = JSON.stringify(data).replaceAll('<', '\\u003c')
  return new Markup(`<script type="application/json" id="${id}">${text}</script>`)
}

function element(name: 'script' | 'style', text: string, attribute: string): Markup {
  if (new RegExp(`</${name}|<!--`, 'i').test(text))
    throw new Error(`the ${name} ends its own element`)
  return new Markup(`<${name}${attribute && ` ${attribute}`}>${text}</${name}>`)
}
