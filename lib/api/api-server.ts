import type { FastifyInstance } from 'fastify'
import type { ApiParts } from './api-parts.ts'
import { createGuardedServer } from './guard/guarded-server.ts'
import type { Listener } from './guard/host-guard.ts'
import type { SignatureGuard } from './guard/signature-guard.ts'
import { registerHealth } from './health.ts'
import { registerFunctionVersions } from './lambda/function-versions.ts'
import { registerFunctions } from './lambda/functions.ts'
import { registerInvoke } from './lambda/invoke.ts'
import { registerMappings } from './lambda/mappings.ts'
import { registerTags } from './lambda/tags.ts'
import { registerMetrics } from './metrics/metrics.ts'
import { registerCheckpoints } from './millrace/checkpoints.ts'
import { registerExplanations } from './millrace/explanations.ts'
import { registerFailedBatches } from './millrace/failed-batches.ts'
import { registerRedrives } from './millrace/redrives.ts'
import { registerStreamRecords } from './millrace/stream-records.ts'
import { registerStreams } from './millrace/streams.ts'
import { registerStreamsApi } from './streams/streams-api.ts'

/** The HTTP surface: AWS's wire formats, health and metrics on one port. @source contract §5 */
export class ApiServer {
  readonly #fastify: FastifyInstance
  #listener: Listener | undefined
  #isClosing = false

  /** @param signatures Where requests have to be signed. */
  constructor(parts: ApiParts, signatures?: SignatureGuard) {
    const { log } = parts
    this.#fastify = createGuardedServer({ log, signatures, listener: () => this.#listener! })
    this.#fastify.addHook('onSend', async (_, reply) => {
      if (this.#isClosing) reply.header('Connection', 'close')
    })
    registerHealth(this.#fastify, parts)
    registerMappings(this.#fastify, parts)
    registerFunctions(this.#fastify, parts)
    registerFunctionVersions(this.#fastify, parts)
    registerInvoke(this.#fastify, parts)
    registerStreamsApi(this.#fastify, parts)
    registerStreams(this.#fastify, parts)
    registerStreamRecords(this.#fastify, parts)
    registerTags(this.#fastify, parts)
    registerMetrics(this.#fastify, parts)
    registerExplanations(this.#fastify, parts)
    registerFailedBatches(this.#fastify, parts)
    registerRedrives(this.#fastify, parts)
    registerCheckpoints(this.#fastify, parts)
  }

  /** @returns where it listens. @throws what the system says of the address. */
  async listen(host: string, port: number): Promise<Listener> {
    // Known before the first request can come; the port is, when it was given as 0, only after that.
    this.#listener = { host, port }
    await this.#fastify.listen({ host, port })
    const address = this.#fastify.server.address()
    if (typeof address === 'object' && address) this.#listener = { host, port: address.port }
    return this.#listener
  }

  /** Lets running requests end, takes no new ones. */
  async close(): Promise<void> {
    // Who is answered from now on must not keep its connection: the close would wait for it to end by itself.
    this.#isClosing = true
    await this.#fastify.close()
  }
}
