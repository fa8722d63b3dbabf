import type { FastifyInstance } from 'fastify'
import type { ApiParts } from './api-parts.ts'

/** `GET /livez`, `GET /readyz`. @source contract §5 */
export function registerHealth(fastify: FastifyInstance, { problems }: ApiParts): void {
  fastify.get('/livez', async () => ({ status: 'alive' }))
  fastify.get('/readyz', async (_, reply) => {
    const reasons = problems()
    if (reasons.length === 0) return { status: 'ready' }
    reply.code(503)
    return { status: 'not ready', reasons }
  })
}
