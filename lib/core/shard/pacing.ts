/** AWS's base rate of an idle DynamoDB shard: 4 polls a second. @unit ms @source aws-semantics §2 [D] */
export const IDLE_POLL_MS_MAX = 250

/** First wait after activity where polling costs nobody anything. @unit ms @source our choice */
const LOOPBACK_POLL_MS_MIN = 1

/** Polls before the wait doubles: a record of a steady trickle is not waited for longer than the one before. @source our choice */
const LOOPBACK_POLLS_ALIKE = 8

/** First wait after a failed read. @unit ms @source our choice, as D1 */
const FAILURE_DELAY_MS_MIN = 200

/** Below the 10 s after which `run` gives up (contract §2), so that it tries more than once. @unit ms */
const FAILURE_DELAY_MS_MAX = 5000

/**
 * How long an idle reader waits before it polls again.
 *
 * @param idlePolls Empty answers in a row since the last page, 1 or more.
 * @returns ms: 250 for a remote source; for one on this machine eight times 1, eight times 2, ... 250.
 */
export function idleDelayMs(pace: 'loopback' | 'remote', idlePolls: number): number {
  if (pace === 'remote') return IDLE_POLL_MS_MAX
  return doubled(
    LOOPBACK_POLL_MS_MIN,
    Math.ceil(idlePolls / LOOPBACK_POLLS_ALIKE),
    IDLE_POLL_MS_MAX,
  )
}

/**
 * How long to wait after a failed read or a failed description.
 *
 * @param failures Failures in a row, 1 or more.
 * @param fraction Chance, 0 <= fraction < 1: spreads readers that failed together over the upper half of the wait.
 * @returns ms: exponential from 100..200 to 2500..5000.
 */
export function failureDelayMs(failures: number, fraction: number): number {
  const whole = doubled(FAILURE_DELAY_MS_MIN, failures, FAILURE_DELAY_MS_MAX)
  return Math.round(whole * (0.5 + fraction / 2))
}

function doubled(first: number, nth: number, max: number): number {
  return Math.min(max, first * 2 ** Math.min(nth - 1, 30))
}
