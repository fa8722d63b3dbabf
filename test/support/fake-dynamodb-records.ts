/** A record as GetRecords writes it. */
export type FakeRecord = Record<string, unknown> & {
  dynamodb: Record<string, unknown> & { SequenceNumber: string }
}

/** A record with all that a source needs. @param at epoch seconds */
export function fakeRecord(number: number, options: { id?: string; at?: number } = {}): FakeRecord {
  const { id = `k-${number % 7}`, at = 1_767_225_600 + number } = options
  const Keys = { id: { S: id }, sort: { N: String(number) } }
  return {
    eventID: `event-${number}`,
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: at,
      Keys,
      NewImage: { ...Keys, n: { N: String(number) } },
      SequenceNumber: String(number).padStart(21, '0'),
      SizeBytes: 30,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  }
}

/** Records `from..to`, both in it. */
export function fakeRecords(from: number, to: number): FakeRecord[] {
  return Array.from({ length: to - from + 1 }, (_, i) => fakeRecord(from + i))
}
