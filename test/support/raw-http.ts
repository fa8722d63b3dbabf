import { connect, type Socket } from 'node:net'

/** Sends bytes as they are. @returns all that comes back until the server ends the connection. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // That it cuts is an answer too.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes)
  await closed
  return Buffer.concat(chunks).toString('latin1')
}

/** Status of every answer in what a server sent. */
export const statusesOf = (answers: string): readonly number[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

/** A request whose connection ends with its answer. */
export const requestText = (line: string, headers: readonly string[], body = ''): string =>
  [`${line} HTTP/1.1`, ...headers, 'Connection: close', '', body].join('\r\n')

/** A connection on which nothing is said; that the server ends it is no error. */
export function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)))
}
