import { draw } from '../load/draw.ts'

const SEED = 11
const DIGITS = 8
/** What a state is as JSON beside its text. */
const FRAME_BYTES = JSON.stringify({ text: '' }).length

export type WindowState = { readonly text?: string }

/** A state of so many bytes as JSON, which no disk can make smaller. */
export function createState(bytes: number): WindowState {
  const length = bytes - FRAME_BYTES
  const words = Array.from({ length: Math.ceil(length / DIGITS) }, (_, i) =>
    draw(SEED, i).toString(16).padStart(DIGITS, '0'),
  )
  return { text: words.join('').slice(0, length) }
}

/**
 * What a handler of a tumbling window does with its state: it gives back one of the same size.
 * @throws Error where it is given one that it did not give before: the invocation fails then.
 */
export function createStateHolder(bytes: number): (given: WindowState) => WindowState {
  const state = createState(bytes)
  return (given) => {
    if (given.text !== undefined && given.text !== state.text)
      throw new Error('the state is not the one that was given back')
    return state
  }
}
