declare module 'aws4' {
  /** The part of a request that is signed; `sign` returns it with `headers` completed. */
  export type SignableRequest = {
    readonly service: string
    readonly region: string
    readonly method: string
    readonly path: string
    readonly headers: Record<string, string>
    readonly body?: string
    /** Headers that are signed though they usually are not, by their names in lower case. */
    readonly extraHeadersToInclude?: Readonly<Record<string, boolean>>
    /** Headers that are not signed though they usually are. */
    readonly extraHeadersToIgnore?: Readonly<Record<string, boolean>>
  }
  const aws4: {
    sign(
      request: SignableRequest,
      credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    ): SignableRequest & { readonly headers: Record<string, string> }
  }
  export default aws4
}
