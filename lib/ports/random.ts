/** Chance and fresh ids. */
export interface Random {
  /** 0 <= value < 1 */
  fraction(): number
  uuid(): string
}
