import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A server or a client of TLS for each order, see scripts_test.go. */
public class Handshake {
    static final char[] PASSWORD = "changeit".toCharArray();

    record Order(String number, String address, int port, String name, String version, Path dir) {
        static Order of(String line) {
            String[] part = line.split("\t");
            return new Order(part[0], part[1], Integer.parseInt(part[2]), part[3], "TLSv" + part[4], Path.of(part[5]));
        }

        KeyStore store(String file) throws Exception {
            KeyStore store = KeyStore.getInstance("PKCS12");
            if (!Files.exists(dir.resolve(file))) {
                store.load(null, PASSWORD);
                return store;
            }
            try (InputStream in = new FileInputStream(dir.resolve(file).toFile())) {
                store.load(in, PASSWORD);
            }
            return store;
        }

        SSLContext context() throws Exception {
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store("keys.p12"), PASSWORD);
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            if (Files.exists(dir.resolve("crl.pem"))) {
                PKIXBuilderParameters parameters = new PKIXBuilderParameters(store("trust.p12"), new X509CertSelector());
                try (InputStream in = Files.newInputStream(dir.resolve("crl.pem"))) {
                    parameters.addCertStore(CertStore.getInstance("Collection",
                        new CollectionCertStoreParameters(CertificateFactory.getInstance("X.509").generateCRLs(in))));
                }
                trust.init(new CertPathTrustManagerParameters(parameters));
            } else {
                trust.init(store("trust.p12"));
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        }

        synchronized void say(Throwable error) {
            StringWriter text = new StringWriter();
            error.printStackTrace(new PrintWriter(text));
            StringBuilder out = new StringBuilder();
            text.toString().lines().forEach(line -> out.append(number).append('\t').append(line).append('\n'));
            System.out.print(out);
        }
    }

    public static void main(String[] args) throws Exception {
        List<Order> orders = Files.readAllLines(Path.of(args[1])).stream().map(Order::of).toList();
        if (args[0].equals("client")) {
            orders.forEach(Handshake::call);
            return;
        }
        List<Thread> threads = new ArrayList<>();
        for (Order order : orders) {
            serve(order, threads);
        }
        System.out.println("ready");
        System.in.readAllBytes();
        for (int i = 0; i < size(threads); i++) {
            threads.get(i).join(30_000);
        }
        System.exit(0);
    }

    static int size(List<Thread> threads) {
        synchronized (threads) {
            return threads.size();
        }
    }

    static void serve(Order order, List<Thread> threads) {
        try {
            SSLServerSocket listener = (SSLServerSocket) order.context().getServerSocketFactory()
                .createServerSocket(order.port, 16, InetAddress.getByName(order.address));
            listener.setNeedClientAuth(true);
            listener.setEnabledProtocols(new String[] {order.version});
            Thread accepting = new Thread(() -> accept(order, listener, threads));
            accepting.setDaemon(true);
            accepting.start();
        } catch (Exception e) {
            order.say(e);
        }
    }

    static void accept(Order order, SSLServerSocket listener, List<Thread> threads) {
        while (true) {
            try {
                Socket socket = listener.accept();
                Thread thread = new Thread(() -> answer(order, socket));
                thread.setDaemon(true);
                synchronized (threads) {
                    threads.add(thread);
                }
                thread.start();
            } catch (IOException e) {
                order.say(e);
                return;
            }
        }
    }

    static void answer(Order order, Socket socket) {
        try (socket) {
            if (socket.getInputStream().read(new byte[512]) < 0) {
                return;
            }
            socket.getOutputStream().write("HTTP/1.0 204 No Content\r\n\r\n".getBytes());
        } catch (Exception e) {
            order.say(e);
        }
    }

    static void call(Order order) {
        try (SSLSocket socket = (SSLSocket) order.context().getSocketFactory().createSocket(
                new Socket(InetAddress.getByName(order.address), order.port), order.name, order.port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {order.version});
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.0\r\n\r\n".getBytes());
            out.flush();
            socket.getInputStream().read(new byte[512]);
        } catch (Exception e) {
            order.say(e);
        }
    }
}
