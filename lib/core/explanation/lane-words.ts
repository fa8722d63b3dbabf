import { unreachable } from '../invariant.ts'
import { printable } from '../printable.ts'
import { durationText } from './duration-text.ts'
import type { LaneBlockage, LaneExplanation, LaneFacts } from './explanation.ts'

/** Characters of a key or of an error's message: some are whole documents. */
const TEXT_LENGTH_MAX = 120

/** A lane with its words. @param now Wall clock, epoch ms. */
export function explainLane(facts: LaneFacts, now: number): LaneExplanation {
  const lags = facts.isLagging && facts.condition !== 'reading' ? ['is read again'] : []
  const blocked = facts.blocked ? [blockageWords(facts.blocked, now)] : []
  return { ...facts, words: [conditionWords(facts, now), ...lags, ...blocked].join('; ') }
}

function conditionWords(facts: LaneFacts, now: number): string {
  const { condition, attempt, inDoubt } = facts
  switch (condition) {
    case 'reading':
      return facts.isLagging ? 'fell behind, its records are read again' : 'reading'
    case 'ready':
      return 'waits for a thread'
    case 'gathering': {
      const { gatherUntil } = facts
      const left = gatherUntil === undefined ? '' : ` for ${durationText(gatherUntil - now)} more`
      return `gathers a batch${left}`
    }
    case 'invoking': {
      const { invokingSince } = facts
      const since = invokingSince === undefined ? '' : ` for ${durationText(now - invokingSince)}`
      return `invoking${since}, attempt ${attempt}`
    }
    case 'saving':
      return `saving what attempt ${attempt} came to`
    case 'backing-off': {
      const { retryAt } = facts
      const left = retryAt === undefined ? '' : ` for ${durationText(retryAt - now)} more`
      return `backs off${left} after ${attemptsText(attempt)}`
    }
    case 'parked':
    case 'saved': {
      const doubt = inDoubt ? ', the last one in doubt' : ''
      const begun = attemptsText(attempt)
      return condition === 'parked' ? `parked after ${begun}${doubt}` : `${begun} begun${doubt}`
    }
    default:
      return unreachable(condition)
  }
}

/** What holds the lane up: `blocked for 41 s by {"id":{"S":"o-7"}}: Error: boom`. */
function blockageWords({ since, key, error }: LaneBlockage, now: number): string {
  const by = key === undefined ? 'a final call' : short(JSON.stringify(key))
  const { errorType, errorMessage } = error
  return `blocked for ${durationText(now - since)} by ${by}: ${short(`${errorType}: ${errorMessage}`)}`
}

const attemptsText = (count: number): string => `${count} attempt${count === 1 ? '' : 's'}`

function short(text: string): string {
  const cut = text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}...` : text
  return printable(cut)
}
