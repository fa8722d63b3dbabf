// Five sales in three minutes that began ten minutes ago, as lines for `millrace put`.
const SALES = [
  { second: 5, price: 10 },
  { second: 30, price: 20 },
  { second: 65, price: 7 },
  { second: 119, price: 3 },
  { second: 130, price: 50 },
]
const began = Math.floor(Date.now() / 60_000) * 60 - 600

for (const [i, { second, price }] of SALES.entries()) {
  const Keys = { id: { S: `sale-${i + 1}` } }
  const NewImage = { ...Keys, price: { N: `${price}` } }
  const dynamodb = { ApproximateCreationDateTime: began + second, Keys, NewImage }
  console.log(JSON.stringify({ dynamodb }))
}
