/** One line of a benchmark: ours beside a peer, measured in the same run on the same machine. */
export interface Row {
  readonly id: string
  /** "<case>, <engine>" */
  readonly what: string
  readonly ours: number | null
  readonly unit: '/s' | 'µs' | 'ms' | 'MB'
  readonly peer: number | null
  readonly peerName: string
  /** Above 1 where ours is better; null when one side could not run. */
  readonly ratio: number | null
  /** How many operations were measured on each side. */
  readonly n: number
  /** Why a side could not run. */
  readonly why?: string
}

/** Rates are better when high, times and sizes when low. */
export function row(parts: Omit<Row, 'ratio'>): Row {
  const { ours, peer, unit } = parts
  const ratio =
    ours === null || peer === null || ours === 0 || peer === 0 ? null : unit === '/s' ? ours / peer : peer / ours
  return { ...parts, ratio: ratio === null ? null : Math.round(ratio * 1000) / 1000 }
}

/** Runs both sides alternately in rounds, so that a noisy neighbour disturbs both; returns the median rate of each, per second. */
export async function sideBySide(
  rounds: number,
  perRound: number,
  ours: (round: number) => Promise<void>,
  peer: (round: number) => Promise<void>,
): Promise<{ ours: number; peer: number; n: number }> {
  const rates: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)) {
      const started = performance.now()
      await (side === 'ours' ? ours(round) : peer(round))
      // The first round warms up.
      if (round > 0) rates[side].push((perRound / (performance.now() - started)) * 1000)
    }
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return { ours: Math.round(median(rates.ours)), peer: Math.round(median(rates.peer)), n: perRound * (rounds - 1) }
}
