# A server or a client of TLS for each order, see scripts_test.go.
require 'openssl'
require 'socket'
require 'net/http'

own, file = ARGV
$stdout.sync = true
MUTEX = Mutex.new
Order = Struct.new(:number, :address, :port, :name, :version, :dir) do
  def path(name) = File.join(dir, name)
  def say(error)
    MUTEX.synchronize { "#{error.class}: #{error.message}".each_line { |l| puts "#{number}\t#{l.chomp}" } }
  end
  def store
    OpenSSL::X509::Store.new.tap do |store|
      store.add_file(path('ca.crt'))
      next unless File.exist?(path('crl.pem'))
      store.add_crl(OpenSSL::X509::CRL.new(File.read(path('crl.pem'))))
      store.flags = OpenSSL::X509::V_FLAG_CRL_CHECK
    end
  end
  def tls = version == '1.2' ? OpenSSL::SSL::TLS1_2_VERSION : OpenSSL::SSL::TLS1_3_VERSION
  def cert = File.exist?(path('tls.crt')) ? OpenSSL::X509::Certificate.new(File.read(path('tls.crt'))) : nil
  def key = File.exist?(path('tls.key')) ? OpenSSL::PKey.read(File.read(path('tls.key'))) : nil
end
orders = File.readlines(file, chomp: true).map { |line| Order.new(*line.split("\t")) }

def serve(order, connections)
  context = OpenSSL::SSL::SSLContext.new
  context.add_certificate(order.cert, order.key)
  context.cert_store = order.store
  context.verify_mode = OpenSSL::SSL::VERIFY_PEER | OpenSSL::SSL::VERIFY_FAIL_IF_NO_PEER_CERT
  context.min_version = context.max_version = order.tls
  listener = TCPServer.new(order.address, order.port)
  Thread.new do
    loop do
      socket = listener.accept
      connections << Thread.new do
        session = OpenSSL::SSL::SSLSocket.new(socket, context)
        session.accept
        session.gets
        session.write("HTTP/1.0 204 No Content\r\n\r\n")
        session.close
      rescue StandardError => e
        order.say(e)
        socket.close
      end
    end
  end
rescue StandardError => e
  order.say(e)
end

def call(order)
  http = Net::HTTP.new(order.name, order.port, nil)
  http.ipaddr = order.address
  http.use_ssl = true
  http.cert_store = order.store
  http.verify_mode = OpenSSL::SSL::VERIFY_PEER
  http.cert, http.key = order.cert, order.key
  http.min_version = http.max_version = order.tls
  http.start { http.get('/') }
rescue StandardError => e
  order.say(e)
end

if own == 'server'
  connections = Queue.new
  orders.each { |order| serve(order, connections) }
  puts 'ready'
  $stdin.read
  connections.pop.join(30) until connections.empty?
else
  orders.each { |order| call(order) }
end
