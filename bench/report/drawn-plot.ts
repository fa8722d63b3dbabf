// Types only: the scripts of the page read them too, and have no Node about them.

/** Numbers of a `percentile` scale are nines: 0 is 0 %, 1 is 90 %, 3 is 99.9 %. Those of a `time` scale are seconds. */
export type Scale = 'linear' | 'log' | 'time' | 'percentile'

/** A plot as the page's script is given it. */
export type DrawnPlot = {
  readonly title: string
  readonly x: DrawnAxis
  readonly y: DrawnAxis
  readonly series: readonly {
    readonly name: string
    /** Ascending. */
    readonly xs: readonly number[]
    readonly ys: readonly number[]
    /** Points that there were, where not all are drawn. */
    readonly thinnedFrom?: number
  }[]
}

export type DrawnAxis = { readonly label: string; readonly scale: Scale }
