import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.Record;

/** The handler: writes a line for each batch, with the nanoseconds of its begin and end and the records' numbers. */
class HandledFile {
  private final Writer writer;
  private final CountDownLatch remaining;

  HandledFile(Path file, CountDownLatch remaining) throws IOException {
    this.writer = Files.newBufferedWriter(file);
    this.remaining = remaining;
  }

  synchronized void handle(List<Record> batch) {
    long begunNs = System.nanoTime();
    String numbers = batch.stream().map(HandledFile::numberOf).collect(Collectors.joining(" "));
    try {
      writer.write(begunNs + " " + System.nanoTime() + " " + numbers + "\n");
      writer.flush();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    for (int i = 0; i < batch.size(); i++) remaining.countDown();
  }

  synchronized void close() throws IOException {
    writer.close();
  }

  /** Sort keys are {@code o-NUMBER}. */
  private static String numberOf(Record record) {
    return record.dynamodb().keys().get("sk").s().substring(2);
  }
}
