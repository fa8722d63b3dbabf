import com.amazonaws.services.dynamodbv2.streamsadapter.adapter.DynamoDBStreamsClientRecord;
import com.amazonaws.services.dynamodbv2.streamsadapter.model.DynamoDBStreamsProcessRecordsInput;
import com.amazonaws.services.dynamodbv2.streamsadapter.processor.DynamoDBStreamsShardRecordProcessor;
import java.util.List;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.kinesis.exceptions.InvalidStateException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;

/** Gives the handler a page in batches, and keeps the position after each page. */
class BatchProcessor implements DynamoDBStreamsShardRecordProcessor {
  private static final int BATCH_SIZE = 100;

  private final HandledFile handled;

  BatchProcessor(HandledFile handled) {
    this.handled = handled;
  }

  @Override
  public void initialize(InitializationInput input) {}

  @Override
  public void processRecords(DynamoDBStreamsProcessRecordsInput input) {
    List<Record> records =
        input.records().stream().map(DynamoDBStreamsClientRecord::getRecord).toList();
    for (int first = 0; first < records.size(); first += BATCH_SIZE)
      handled.handle(records.subList(first, Math.min(first + BATCH_SIZE, records.size())));
    if (!records.isEmpty()) checkpoint(input.checkpointer());
  }

  @Override
  public void leaseLost(LeaseLostInput input) {}

  @Override
  public void shardEnded(ShardEndedInput input) {
    checkpoint(input.checkpointer());
  }

  @Override
  public void shutdownRequested(ShutdownRequestedInput input) {
    checkpoint(input.checkpointer());
  }

  private static void checkpoint(RecordProcessorCheckpointer checkpointer) {
    try {
      checkpointer.checkpoint();
    } catch (InvalidStateException | ShutdownException error) {
      throw new IllegalStateException(error);
    }
  }
}
