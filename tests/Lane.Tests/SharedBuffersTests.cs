using System.Buffers;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.Lane.Tests;

/// <summary>What shared memory leaves in the file system, and what it makes of frames that are wrong.</summary>
public class SharedBuffersTests
{
    [LinuxFact]
    public void Decode_FirstAnswer_RemovesTheBuffersName()
    {
        var directory = SharedDirectory.TryCreate()!;
        using var lent = new LentBuffers(directory, 4 << 20);
        using var borrowed = new BorrowedBuffers(directory.Name);
        var path = SharedDirectory.PathOf(directory.Name, 0);
        using var asked = (DispatchFrame)Send(Question(1), lent, borrowed);
        Assert.True(File.Exists(path));
        using var answer = (ContributionFrame)Send(Answer(asked), borrowed, lent);
        Assert.False(File.Exists(path));
        Assert.Equal(20 * 1024, answer.Rows.Length);
    }

    [LinuxFact]
    public void Dispose_WithAnswersInUse_KeepsThemReadable()
    {
        var directory = SharedDirectory.TryCreate()!;
        var lent = new LentBuffers(directory, 4 << 20);
        var borrowed = new BorrowedBuffers(directory.Name);
        using var asked = (DispatchFrame)Send(Question(1), lent, borrowed);
        var answer = ((ContributionFrame)Send(Answer(asked), borrowed, lent)).TakeRows();
        lent.Dispose();
        borrowed.Dispose();
        Assert.False(SharedDirectory.Exists(directory.Name));
        Assert.Equal(3f, answer.Span[3]);
        Assert.Equal(-1f, asked.Rows.Span[0]);
        answer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => answer.Span[3]);
    }

    /// <summary>As a system does that clears its files in memory when a user logs out.</summary>
    [LinuxFact]
    public void Decode_DirectoryIsGone_GoesOnWithWhatIsMapped()
    {
        var directory = SharedDirectory.TryCreate()!;
        using var lent = new LentBuffers(directory, 4 << 20);
        using var borrowed = new BorrowedBuffers(directory.Name);
        using var asked = (DispatchFrame)Send(Question(1), lent, borrowed);
        Directory.Delete(Path.GetDirectoryName(SharedDirectory.PathOf(directory.Name, 0))!, recursive: true);
        using (var answer = (ContributionFrame)Send(Answer(asked), borrowed, lent))
            Assert.Equal(7f, answer.Rows.Span[7]);
        using var again = (DispatchFrame)Send(Question(2), lent, borrowed);
        using var another = Question(3);
        Assert.False(lent.TryEncode(another, new EncodedFrame()));
    }

    [LinuxFact]
    public void TryEncode_AfterTheEnd_LeavesRowsInTheFrame()
    {
        var directory = SharedDirectory.TryCreate()!;
        var lent = new LentBuffers(directory, 4 << 20);
        lent.Dispose();
        using var question = Question(1);
        Assert.False(lent.TryEncode(question, new EncodedFrame()));
    }

    /// <summary>The thread that writes is not the one that ends the lane: what it copies to stays mapped until it has.</summary>
    [LinuxFact]
    public void Dispose_WhileRowsAreCopied_UnmapsNothingUnderThem()
    {
        var lent = new LentBuffers(SharedDirectory.TryCreate()!, 4 << 20);
        var rows = new WatchedFloats(20 * 1024);
        using var question = Question(1, new Pooled<float>(rows.Memory, rows));
        rows.OnRead = lent.Dispose;
        Assert.True(lent.TryEncode(question, new EncodedFrame()));
    }

    [LinuxFact]
    public void TryEncode_ByteBound_IsOfAllBuffersTogether()
    {
        var directory = SharedDirectory.TryCreate()!;
        using var lent = new LentBuffers(directory, 3 << 20);
        for (ulong id = 1; id <= 4; id++)
        {
            using var question = Question(id);
            Assert.Equal(id <= 3, lent.TryEncode(question, new EncodedFrame()));
        }
    }

    [LinuxFact]
    public void Decode_AnswerLongerThanItsPlace_Throws()
    {
        var directory = SharedDirectory.TryCreate()!;
        using var lent = new LentBuffers(directory, 4 << 20);
        using var question = Question(1);
        Assert.True(lent.TryEncode(question, new EncodedFrame()));
        var encoded = new EncodedFrame();
        using var answer = ContributionFrame.Rent(1, 5, 1 << 20, new Pooled<float>(1 << 20));
        LaneFrameCodec.EncodeShared(answer, encoded);
        var error = Assert.Throws<LaneProtocolException>(() => Receive(encoded, lent));
        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Decode_BufferThatIsNotThere_NamesIt()
    {
        using var directory = SharedDirectory.TryCreate()!;
        using var borrowed = new BorrowedBuffers(directory.Name);
        var encoded = new EncodedFrame();
        using var question = Question(1);
        LaneFrameCodec.EncodeShared(question, 7, encoded);
        var error = Assert.Throws<LaneProtocolException>(() => Receive(encoded, borrowed));
        Assert.Contains("buffer 7", error.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Decode_BufferThatIsTooShort_Throws()
    {
        using var directory = SharedDirectory.TryCreate()!;
        using var small = SharedFloats.Create(SharedDirectory.PathOf(directory.Name, 7), 1000);
        using var borrowed = new BorrowedBuffers(directory.Name);
        var encoded = new EncodedFrame();
        using var question = Question(1);
        LaneFrameCodec.EncodeShared(question, 7, encoded);
        var error = Assert.Throws<LaneProtocolException>(() => Receive(encoded, borrowed));
        Assert.Contains("1000", error.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void TryCreate_DirectoryOfADeadProcess_IsRemoved()
    {
        using var living = SharedDirectory.TryCreate()!;
        var root = Path.GetDirectoryName(Path.GetDirectoryName(SharedDirectory.PathOf(living.Name, 0)))!;
        var dead = $"{Guid.NewGuid():n}";
        Directory.CreateDirectory(Path.Combine(root, dead));
        File.WriteAllBytes(SharedDirectory.PathOf(dead, 0), [1, 2, 3, 4]);
        File.WriteAllBytes(Path.Combine(root, dead + ".lock"), []);
        using var another = SharedDirectory.TryCreate()!;
        Assert.False(SharedDirectory.Exists(dead));
        Assert.True(SharedDirectory.Exists(living.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../0123456789abcdef0123456789abcdef")]
    public void Exists_NameOfNoDirectory_IsNotLookedFor(string name) => Assert.False(SharedDirectory.Exists(name));

    private static DispatchFrame Question(ulong id, Pooled<float>? rows = null) =>
        DispatchFrame.Rent(id, 5, 9, 1024, rows ?? Frames.Floats(20 * 1024), Frames.Experts((1, [.. Enumerable.Range(0, 20)])));

    private static ContributionFrame Answer(DispatchFrame asked)
    {
        var rows = asked.TakeAnswer();
        for (var i = 0; i < rows.Length; i++)
            rows.Span[i] = i;
        return ContributionFrame.Rent(asked.DispatchId, 5, 1024, rows);
    }

    /// <summary>From one end's memory to the other's; the frame is disposed as a writer does.</summary>
    private static LaneFrame Send(LaneFrame frame, ISharedRows from, ISharedRows to)
    {
        var encoded = new EncodedFrame();
        Assert.True(from.TryEncode(frame, encoded));
        frame.Dispose();
        return Receive(encoded, to);
    }

    private static LaneFrame Receive(EncodedFrame encoded, ISharedRows to)
    {
        var bytes = Frames.Bytes(encoded);
        return to.Decode(LaneHeader.Read(bytes, 1 << 20), bytes.AsSpan(LaneHeader.Bytes));
    }

    /// <summary>Memory that has something happen when it is looked at.</summary>
    private sealed class WatchedFloats(int length) : MemoryManager<float>, IMemoryLender
    {
        private readonly float[] _values = new float[length];

        public Action OnRead { get; set; } = () => { };

        public override Span<float> GetSpan()
        {
            OnRead();
            return _values;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        public void Return()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
