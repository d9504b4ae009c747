// A server or a client of TLS for each order, see scripts_test.go.
const fs = require('fs'), https = require('https'), tls = require('tls')
const [own, file] = process.argv.slice(2)
const orders = fs.readFileSync(file, 'utf8').trim().split('\n').map(line => {
  const [number, address, port, name, version, dir] = line.split('\t')
  return { number, address, port: Number(port), name, version: 'TLSv' + version, dir }
})
const say = (order, error) =>
  process.stdout.write(require('util').format(error).split('\n').map(l => order.number + '\t' + l + '\n').join(''))
const read = (order, name) => fs.existsSync(order.dir + '/' + name) ? fs.readFileSync(order.dir + '/' + name) : undefined
const options = order => ({
  cert: read(order, 'tls.crt'), key: read(order, 'tls.key'), ca: read(order, 'ca.crt'), crl: read(order, 'crl.pem'),
  minVersion: order.version, maxVersion: order.version,
})

if (own === 'server') {
  const servers = []
  let waiting = orders.length
  const ready = () => { if (--waiting === 0) process.stdout.write('ready\n') }
  for (const order of orders) {
    try {
      const server = https.createServer({ ...options(order), requestCert: true, rejectUnauthorized: true }, (_, response) => response.end('ok\n'))
      server.on('tlsClientError', error => say(order, error))
      server.listen(order.port, order.address, ready)
      servers.push(server)
    } catch (error) {
      say(order, error)
      ready()
    }
  }
  process.stdin.resume()
  process.stdin.on('end', () => servers.forEach(server => server.close()))
} else {
  const next = () => {
    const order = orders.shift()
    if (!order) return
    try {
      const request = https.get({ ...options(order), host: order.address, port: order.port, servername: order.name, agent: false,
        checkServerIdentity: (_, certificate) => tls.checkServerIdentity(order.name, certificate) }, response => {
        response.resume()
        response.on('end', next)
      })
      request.on('error', error => { say(order, error); next() })
    } catch (error) {
      say(order, error)
      next()
    }
  }
  next()
}
