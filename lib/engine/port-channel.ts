import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Channel } from '../ports/channel.ts'

/** A channel over a message port. */
export class PortChannel<Incoming, Outgoing> implements Channel<Incoming, Outgoing> {
  readonly #port: MessagePort
  #listener: ((message: Incoming) => void) | undefined

  constructor(port: MessagePort) {
    this.#port = port
  }

  post(message: Outgoing): void {
    this.#port.postMessage(message)
  }

  receive(listener: (message: Incoming) => void): void {
    this.#listener = listener
    this.#port.on('message', listener)
  }

  drain(): void {
    for (
      let next = receiveMessageOnPort(this.#port);
      next;
      next = receiveMessageOnPort(this.#port)
    ) {
      this.#listener?.(next.message as Incoming)
    }
  }

  close(): void {
    this.#port.close()
  }
}
