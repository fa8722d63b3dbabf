/** Two ends that send each other plain data, in order. */
export interface Channel<Incoming, Outgoing> {
  post(message: Outgoing): void
  /** Sets who receives. */
  receive(listener: (message: Incoming) => void): void
  /** Hands over at once what has arrived already. */
  drain(): void
  close(): void
}
